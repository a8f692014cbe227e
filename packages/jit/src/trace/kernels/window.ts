/**
 * Sliding windows over `[batch, ...spatial, channels]`, for any number of spatial dimensions.
 *
 * A window is looked at tap by tap: for one position inside the window, the elements that it meets at all places
 * form a strided slice ({@link tap}), and what flows back to them is put where they came from ({@link place}).
 */
import type * as tf from "@tensorflow/tfjs-core";
import { add } from "../../graph/operations/arithmetic.ts";
import { binary, unary } from "../../graph/operations/elementwise.ts";
import { concat, pad, reshape, slice } from "../../graph/operations/reshape.ts";
import type { Value } from "../../graph/value.ts";

/** One entry per spatial dimension in each list. */
export interface Window {
  /** Size in taps. */
  readonly size: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly padBefore: readonly number[];
  readonly padAfter: readonly number[];
  /** How many places the window has. */
  readonly output: readonly number[];
}

/** What TF.js's `compute...Info` functions say about one dimension. */
export interface WindowDimension {
  readonly input: number;
  readonly output: number;
  readonly size: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padBefore: number;
  readonly padAfter: number;
}

const padNames: Record<string, [string, string]> = {
  Depth: ["front", "back"],
  Height: ["top", "bottom"],
  Width: ["left", "right"],
};

/** One dimension of what TF.js computes about windows in two or three dimensions. */
export function dimensionOf(
  info: tf.backend_util.Conv2DInfo | tf.backend_util.Conv3DInfo,
  side: string,
): WindowDimension {
  const numbers = info as unknown as Record<string, number>;
  const pads = info.padInfo as unknown as Record<string, number>;
  return {
    input: numbers[`in${side}`],
    output: numbers[`out${side}`],
    size: numbers[`filter${side}`],
    stride: numbers[`stride${side}`],
    dilation: numbers[`dilation${side}`],
    padBefore: pads[padNames[side][0]],
    padAfter: pads[padNames[side][1]],
  };
}

/** A window from its dimensions; padding after is adjusted to the number of places, which depends on a rounding mode. */
export function makeWindow(dimensions: readonly WindowDimension[]): Window {
  const list = (f: (d: WindowDimension) => number): number[] => dimensions.map(f);
  return {
    size: list((d) => d.size),
    strides: list((d) => d.stride),
    dilations: list((d) => d.dilation),
    padBefore: list((d) => d.padBefore),
    padAfter: list((d) => {
      const extent = (d.size - 1) * d.dilation + 1;
      const needed = (d.output - 1) * d.stride + extent - d.input - d.padBefore;
      return Math.max(needed, Math.min(d.padAfter, needed + d.stride - 1), 0);
    }),
    output: list((d) => d.output),
  };
}

/** All positions inside a window, in row-major order. */
export function positions(size: readonly number[]): number[][] {
  return size.reduce<number[][]>(
    (all, n) => all.flatMap((head) => Array.from({ length: n }, (_, i) => [...head, i])),
    [[]],
  );
}

/** Pads the spatial dimensions. */
export function padWindow(x: Value, window: Window, value: number): Value {
  const before = [0, ...window.padBefore, 0];
  return pad(x, { before, after: [0, ...window.padAfter, 0], value });
}

/** What the tap at a position meets, `[batch, ...output, channels]`, in an `x` that is already padded. */
export function tap(padded: Value, window: Window, position: readonly number[]): Value {
  const begin = [0, ...position.map((p, i) => p * window.dilations[i]), 0];
  const size = [padded.shape[0], ...window.output, padded.shape.at(-1) as number];
  return slice(padded, { begin, size, strides: [1, ...window.strides, 1] });
}

/** The reverse of {@link tap}: puts what flows back to a tap where it came from; `spatial` is the size without padding. */
export function place(
  flow: Value,
  { window, spatial }: { readonly window: Window; readonly spatial: readonly number[] },
  position: readonly number[],
): Value {
  const { strides, output } = window;
  const lengths = output.map((n, i) => (n - 1) * strides[i] + 1);
  const before = position.map((p, i) => p * window.dilations[i] - window.padBefore[i]);
  const after = spatial.map((n, i) => n - before[i] - lengths[i]);
  const whole = [flow.shape[0], ...lengths, flow.shape.at(-1) as number];
  let value = slice(spread(flow, strides), { begin: whole.map(() => 0), size: whole });
  const cut = (list: readonly number[]): number[] => [0, ...list.map((n) => Math.max(-n, 0)), 0];
  const fill = (list: readonly number[]): number[] => [0, ...list.map((n) => Math.max(n, 0)), 0];
  const [cutBefore, cutAfter] = [cut(before), cut(after)];
  const size = whole.map((n, i) => n - cutBefore[i] - cutAfter[i]);
  value = slice(value, { begin: cutBefore, size });
  return pad(value, { before: fill(before), after: fill(after) });
}

/** Puts `stride - 1` zeros after every element. */
function spread(x: Value, strides: readonly number[]): Value {
  if (strides.every((s) => s === 1)) return x;
  const spatial = x.shape.slice(1, -1);
  const [batch, channels] = [x.shape[0], x.shape.at(-1) as number];
  const apart = reshape(x, [batch, ...spatial.flatMap((n) => [n, 1]), channels]);
  const after = [0, ...strides.flatMap((s) => [0, s - 1]), 0];
  const padded = pad(apart, { before: after.map(() => 0), after });
  return reshape(padded, [batch, ...spatial.map((n, i) => n * strides[i]), channels]);
}

/** Whether windows cover the input exactly once. */
export function isTiling(window: Window, spatial: readonly number[]): boolean {
  return window.size.every(
    (n, i) =>
      n === window.strides[i] &&
      window.dilations[i] === 1 &&
      window.padBefore[i] === 0 &&
      window.padAfter[i] === 0 &&
      spatial[i] === n * window.output[i],
  );
}

/** Sums what flows back to all taps, given in the order of {@link positions}. */
export function placeAll(
  flows: readonly Value[],
  { window, spatial }: { readonly window: Window; readonly spatial: readonly number[] },
): Value {
  if (isTiling(window, spatial)) return interleave(flows, window);
  return positions(window.size)
    .map((position, i) => place(flows[i], { window, spatial }, position))
    .reduce(add);
}

/** Tiles meet nowhere: they are joined instead of summed. */
function interleave(flows: readonly Value[], { size, output }: Window): Value {
  const [batch, channels] = [flows[0].shape[0], flows[0].shape.at(-1) as number];
  const apart = [batch, ...output.flatMap((n) => [n, 1]), channels];
  let parts = flows.map((flow) => reshape(flow, apart));
  for (let i = size.length - 1; i >= 0; i--) {
    const n = size[i];
    parts = Array.from({ length: parts.length / n }, (_, k) =>
      concat(parts.slice(k * n, (k + 1) * n), 2 + 2 * i),
    );
  }
  return reshape(parts[0], [batch, ...output.map((n, i) => n * size[i]), channels]);
}

/** For each of several candidates, where it is the first that equals the best. */
export function firstWinners(candidates: readonly Value[], best: Value): Value[] {
  let taken: Value | undefined;
  return candidates.map((candidate) => {
    const equal = binary("equal", candidate, best);
    const first = taken ? binary("and", equal, unary("not", taken)) : equal;
    taken = taken ? binary("or", taken, equal) : equal;
    return first;
  });
}
