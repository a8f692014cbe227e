/**
 * Bits-back coding: an image is coded by latents that are drawn from q(z|x) *by decoding bits that are there already*, so that
 * the choice among latents costs nothing. An image takes `-log p(x|z) - log p(z) + log q(z|x)`, the negative ELBO on average.
 * Source: Townsend et al. 2019 (arXiv:1901.04866); latents are rounded to intervals of equal prior probability, as there.
 *
 * It lies in core, since Gaussian models are in several packages and it needs nothing of any one of them.
 */
import { describeValue, readOptions } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import type { NdArray } from "@elbo/jit";
import type { ExamplesLike } from "../data/examples.ts";
import type { LatentModel } from "../latentModel/latentModel.ts";
import { Random } from "../random/random.ts";
import type { ComputeOptions } from "../step/compute.ts";
import { computeOptions } from "../step/computeOptions.ts";
import type { Rows } from "../step/rows.ts";
import { AnsStack, countBits } from "./ans.ts";
import { assertDigests, digestOfArrays, digestOfModel, pack, unpack } from "./container.ts";
import type { Digests } from "./container.ts";
import { cumulativeOf, symbolAt } from "./counts.ts";
import type { Cumulative } from "./counts.ts";
import { groupSize, losslessModel } from "./losslessPrograms.ts";
import type { LosslessModel, Spread } from "./losslessPrograms.ts";
import { logisticTable, normalTable, placeOf, valueAt } from "./tables.ts";

/** Options of {@link compressLossless} and {@link decompressLossless}. */
export interface LosslessOptions {
  /** Threads inside one step; the bytes do not depend on it. Default `"auto"`. */
  readonly threads?: number | "auto";
}

const table = { threads: computeOptions.threads } satisfies OptionTable<LosslessOptions>;

type Model = LatentModel<NdArray, string, unknown>;

/** Intervals of a latent, of equal probability under the prior. */
const intervals = 2 ** 14;
const perInterval = 2 ** (countBits - 14);

let edges: Float64Array | undefined;
/** Where the intervals begin; the first one at minus infinity. */
function intervalEdges(): Float64Array {
  return (edges ??= Float64Array.from({ length: intervals }, (_, i) =>
    i === 0 ? -Infinity : placeOf(normalTable(), i / intervals),
  ));
}

/** The latent that stands for an interval: its median. */
const latentOf = (interval: number): number => placeOf(normalTable(), (interval + 0.5) / intervals);

/** q(z|x) of one latent over the intervals. */
function posteriorCounts(mean: number, inverseScale: number): Cumulative {
  const starts = intervalEdges();
  const normal = normalTable();
  return cumulativeOf(intervals, (i) => valueAt(normal, (starts[i] - mean) * inverseScale));
}

/** p(x|z) of one value over its levels. */
function greyCounts(mean: number, inverseScale: number, levels: number): Cumulative {
  const logistic = logisticTable();
  return cumulativeOf(levels, (i) =>
    valueAt(logistic, ((i - 0.5) / (levels - 1) - mean) * inverseScale),
  );
}

function pushSymbol(stack: AnsStack, counts: Cumulative, symbol: number): void {
  const start = counts.start(symbol);
  stack.push(start, counts.start(symbol + 1) - start);
}

function popSymbol(stack: AnsStack, counts: Cumulative): number {
  const symbol = symbolAt(counts, stack.peek());
  const start = counts.start(symbol);
  stack.pop(start, counts.start(symbol + 1) - start);
  return symbol;
}

/** Images that are coded together. */
interface Group {
  /** How many of them count. */
  readonly count: number;
  /** `[groupSize, pixels]` */
  readonly grey: Uint16Array;
}

/**
 * Images as bytes, without loss: the negative ELBO in bits per image, some bytes of the beginning (bits from which the first
 * latents are drawn) and a head of 56.
 *
 * The model's networks compute on engine `portable`, so that the bytes can be read on any machine.
 *
 * @param images values on the grid of the likelihood's levels: bytes, for the usual 256
 * @throws TypeError for a model without Gaussian latents and a discretized logistic likelihood, RangeError for values between
 *   the levels
 */
export async function compressLossless(
  model: Model,
  images: ExamplesLike,
  options: LosslessOptions = {},
): Promise<Uint8Array> {
  const fn = "compressLossless";
  const compute = portable(readOptions(fn, table, options));
  const coder = losslessModel(fn, model, compute);
  const rows = await model.rows(fn, images);
  const random = new Random(0).fork("initial bits");
  const stack = new AnsStack(() => random.uint32() & 0xffff);
  for (let start = 0; start < rows.count; start += groupSize) {
    await pushGroup(stack, coder, await greyGroup(fn, coder, { rows, start }));
  }
  const digests = await digestsOf(model, coder);
  return pack({ content: "images", count: rows.count, digests, data: stack.toBytes() });
}

/**
 * The images that {@link compressLossless} was given.
 *
 * @returns `[n, ...shape]`: bytes for 256 levels, else `level / (levels - 1)` as float32
 * @throws Error for data that are damaged, or that another model or arithmetic wrote
 */
export async function decompressLossless(
  model: Model,
  bytes: Uint8Array,
  options: LosslessOptions = {},
): Promise<NdArray> {
  const fn = "decompressLossless";
  const compute = portable(readOptions(fn, table, options));
  const coder = losslessModel(fn, model, compute);
  const { count, digests, data } = unpack(fn, bytes, "images");
  assertDigests(fn, digests, await digestsOf(model, coder));
  const stack = AnsStack.fromBytes(data);
  const { pixels, levels, shape } = coder;
  const grey = new Uint16Array(count * pixels);
  for (let start = count - 1 - ((count - 1) % groupSize); start >= 0; start -= groupSize) {
    const group = await popGroup(stack, coder, Math.min(groupSize, count - start));
    grey.set(group.grey.subarray(0, group.count * pixels), start * pixels);
  }
  const values =
    levels === 256
      ? Uint8Array.from(grey)
      : Float32Array.from(grey, (level) => level / (levels - 1));
  return { data: values, shape: [count, ...shape] };
}

const portable = ({
  threads,
}: {
  readonly threads: number | "auto" | undefined;
}): ComputeOptions => ({
  engine: "portable",
  ...(threads === undefined ? {} : { threads }),
});

/** Draws latents from the bits that are there, then puts the images and the latents on top. */
async function pushGroup(stack: AnsStack, coder: LosslessModel, group: Group): Promise<void> {
  const { latents: L, pixels, levels } = coder;
  const { count, grey } = group;
  const q = await coder.posterior(grey);
  const chosen = new Int32Array(count * L);
  for (let i = 0; i < chosen.length; i++) chosen[i] = popSymbol(stack, posteriorOf(q, i));
  const p = await coder.likelihood(latentsOf(chosen, coder));
  for (let i = 0; i < count * pixels; i++) {
    pushSymbol(stack, greyCounts(p.mean[i], p.inverseScale[i], levels), grey[i]);
  }
  for (const interval of chosen) stack.push(interval * perInterval, perInterval);
}

/** Undoes {@link pushGroup}, in the opposite order. */
async function popGroup(stack: AnsStack, coder: LosslessModel, count: number): Promise<Group> {
  const { latents: L, pixels, levels } = coder;
  const chosen = new Int32Array(count * L);
  for (let i = chosen.length - 1; i >= 0; i--) {
    chosen[i] = Math.floor(stack.peek() / perInterval);
    stack.pop(chosen[i] * perInterval, perInterval);
  }
  const p = await coder.likelihood(latentsOf(chosen, coder));
  const grey = new Uint16Array(groupSize * pixels);
  for (let i = count * pixels - 1; i >= 0; i--) {
    grey[i] = popSymbol(stack, greyCounts(p.mean[i], p.inverseScale[i], levels));
  }
  const q = await coder.posterior(grey);
  for (let i = chosen.length - 1; i >= 0; i--) pushSymbol(stack, posteriorOf(q, i), chosen[i]);
  return { count, grey };
}

const posteriorOf = ({ mean, inverseScale }: Spread, i: number): Cumulative =>
  posteriorCounts(mean[i], inverseScale[i]);

/** Latents of intervals, `[groupSize, L]`; zeros in rows that do not count. */
function latentsOf(chosen: Int32Array, { latents }: LosslessModel): Float32Array {
  const z = new Float32Array(groupSize * latents);
  chosen.forEach((interval, i) => (z[i] = latentOf(interval)));
  return z;
}

/** How far from its level a value may lie, in levels: bytes are there exactly, floats to float32's precision. */
const tolerance = 1e-3;

async function greyGroup(
  fn: string,
  { column, pixels, levels }: LosslessModel,
  { rows, start }: { readonly rows: Rows; readonly start: number },
): Promise<Group> {
  const count = Math.min(groupSize, rows.count - start);
  const values = new Float32Array(count * pixels);
  const indices = Int32Array.from({ length: count }, (_, i) => start + i);
  await rows.fillInto({ [column]: values }, { indices });
  const grey = new Uint16Array(groupSize * pixels);
  values.forEach((value, i) => {
    const level = Math.round(value * (levels - 1));
    if (!(Math.abs(value * (levels - 1) - level) <= tolerance)) {
      throw new RangeError(
        `${fn}: values must lie on the ${levels} levels of the likelihood, got ${describeValue(value)} of image ${start + Math.floor(i / pixels)}`,
      );
    }
    grey[i] = level;
  });
  return { count, grey };
}

/** Of the model, and of what its networks give for a group of one pattern. */
async function digestsOf(model: Model, coder: LosslessModel): Promise<Digests> {
  const { pixels, levels, latents } = coder;
  const random = new Random(0).fork("probe");
  const grey = Uint16Array.from({ length: groupSize * pixels }, () => random.integer(levels));
  const z = new Float32Array(groupSize * latents);
  random.fillNormalInto(z);
  const [q, p] = [await coder.posterior(grey), await coder.likelihood(z)];
  const arrays = { ...named("q", q), ...named("p", p) };
  return {
    model: await digestOfModel(model),
    prior: "0".repeat(16),
    arithmetic: digestOfArrays(arrays),
  };
}

const named = (name: string, { mean, inverseScale }: Spread): Record<string, NdArray> => ({
  [`${name} mean`]: { data: mean, shape: [mean.length] },
  [`${name} inverse scale`]: { data: inverseScale, shape: [inverseScale.length] },
});
