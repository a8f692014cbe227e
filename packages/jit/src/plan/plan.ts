/**
 * Turns a graph into a program of kernel calls over one arena.
 *
 * Operations are grouped (fuse.ts), groups are ordered (order.ts), every group is written as steps over buffers, buffers
 * get places (arena.ts), and all of it becomes words (encode.ts).
 */
import { arrayFor } from "../graph/operations/leaves.ts";
import { sizeOf } from "../graph/shape.ts";
import type { Graph, Node } from "../graph/value.ts";
import { results, topologicalOrder } from "../graph/walk.ts";
import type { DType, TypedArray } from "../types.ts";
import { layOut, paddedBytes, type Layout } from "./arena.ts";
import { encode, type Place } from "./encode.ts";
import { fuse } from "./fuse.ts";
import { legalize } from "./legalize.ts";
import { order } from "./order.ts";
import type { Step } from "./program.ts";
import type { Buffer } from "./view.ts";
import { StepWriter, type NamedBuffer } from "./write.ts";

/** An array inside a region. */
export interface PlacedArray extends Place {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** A program and what it needs to run. Region 0 is the arena, region 1 the constants, then come variables, then feeds and results that lie apart. */
export interface Plan {
  readonly words: Int32Array;
  readonly arenaBytes: number;
  readonly constants: Uint8Array;
  /** Numbers of the variables, in the order of their regions. */
  readonly states: readonly number[];
  /** Feeds that are read where the caller has them, in the order of their regions. */
  readonly apart: readonly string[];
  /** Outputs that are written to memory which the caller keeps, in the order of their regions. */
  readonly kept: readonly string[];
  readonly feeds: readonly (PlacedArray & { readonly name: string })[];
  readonly outputs: readonly (PlacedArray & { readonly name: string })[];
  /** The calls before they became words, for printing and profiles. */
  readonly steps: readonly Step[];
}

const firstStateRegion = 2;

/** Kernels count elements in 32 bits. */
const mostElements = 2 ** 31 - 1;

/**
 * Plans the outputs and updates of a simplified graph.
 *
 * @param apartFrom bytes from which on feeds are read where the caller has them, and results written to memory that the
 *   caller keeps; default: all are copied into the arena and out of it
 * @throws RangeError when an array has more elements than kernels can count
 */
export function plan(simple: Graph, apartFrom = Infinity): Plan {
  const graph = legalize(simple);
  const nodes = topologicalOrder(results(graph));
  nodes.forEach(refuseHuge);
  const { groups, inPlace } = order(graph, fuse(nodes));
  const writer = new StepWriter(graph, inPlace, apartFrom);
  writer.prepare(groups);
  for (const group of groups) writer.write(group);
  const { outputs, feeds } = writer.finish();
  const { steps } = writer;
  const buffers = (list: readonly NamedBuffer[]): Buffer[] => list.map(({ buffer }) => buffer);
  const written = buffers(outputs);
  const layout = layOut(steps, buffers(feeds), written);
  const constants = placeConstants(steps);
  const states = usedStates(steps);
  const apart = feeds.filter(({ buffer }) => buffer.place === "apart");
  const kept = outputs.filter(
    ({ buffer }, i) => buffer.place === "apart" && written.indexOf(buffer) === i,
  );
  const regions = buffers([...apart, ...kept]);
  const placeOf = placer({ layout, constants: constants.offsets, states, apart: regions });
  const placed = (item: NamedBuffer): PlacedArray & { name: string } => ({
    name: item.name,
    shape: item.value.shape,
    dtype: item.value.dtype,
    ...placeOf(item.buffer),
  });
  return {
    words: encode(steps, firstStateRegion + states.length + regions.length, placeOf),
    arenaBytes: layout.bytes,
    constants: constants.bytes,
    states,
    apart: apart.map(({ name }) => name),
    kept: kept.map(({ name }) => name),
    feeds: feeds.map(placed),
    outputs: outputs.map(placed),
    steps,
  };
}

/** What says where buffers lie. */
interface Places {
  readonly layout: Layout;
  readonly constants: ReadonlyMap<Buffer, number>;
  readonly states: readonly number[];
  readonly apart: readonly Buffer[];
}

/** Region and offset of a buffer. */
const placer =
  ({ layout, constants, states, apart }: Places) =>
  (buffer: Buffer): Place => {
    const { place, label, state } = buffer;
    if (place === "state") {
      return { region: firstStateRegion + states.indexOf(state as number), bytes: 0 };
    }
    if (place === "apart") {
      return { region: firstStateRegion + states.length + apart.indexOf(buffer), bytes: 0 };
    }
    const bytes = (place === "arena" ? layout.offsets : constants).get(buffer);
    if (bytes === undefined) throw new Error(`internal: ${label} has no place`);
    return { region: place === "arena" ? 0 : 1, bytes };
  };

function refuseHuge({ op, outputs }: Node): void {
  for (const { shape } of outputs) {
    if (sizeOf(shape) <= mostElements) continue;
    throw new RangeError(
      `jit: arrays must have fewer than 2^31 elements, got ${op} [${shape.join(", ")}]; use a smaller batch`,
    );
  }
}

function usedStates(steps: readonly Step[]): number[] {
  const used = new Set<number>();
  for (const { reads, writes } of steps) {
    for (const { state } of [...reads, ...writes]) if (state !== undefined) used.add(state);
  }
  return [...used].sort((a, b) => a - b);
}

function placeConstants(steps: readonly Step[]): {
  offsets: Map<Buffer, number>;
  bytes: Uint8Array;
} {
  const offsets = new Map<Buffer, number>();
  let size = 0;
  for (const { reads } of steps) {
    for (const buffer of reads) {
      if (buffer.place !== "constant" || offsets.has(buffer)) continue;
      offsets.set(buffer, size);
      size += paddedBytes(buffer);
    }
  }
  const bytes = new Uint8Array(size);
  for (const [{ dtype, data }, offset] of offsets) {
    const exact = arrayFor(dtype, data as TypedArray);
    bytes.set(new Uint8Array(exact.buffer, exact.byteOffset, exact.byteLength), offset);
  }
  return { offsets, bytes };
}
