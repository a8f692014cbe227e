import { readOptions, rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import { rowsOf } from "../data/arrayRows.ts";
import { Random } from "../random/random.ts";
import { exampleTerms } from "../runner/terms.ts";
import { sizeOf } from "../shape.ts";
import type { ComputeOptions } from "../step/compute.ts";
import { computeOf, computeOptions } from "../step/computeOptions.ts";
import type { Trainable } from "../step/trainable.ts";
import { estimateOf } from "./estimate.ts";
import type { Estimate } from "./estimate.ts";

/** Options of {@link codeBits}. */
export interface CodeBitsOptions extends ComputeOptions {
  /** Examples at a time; changes nothing but rounding. Default 64. */
  readonly batchSize?: number;
}

const table = {
  batchSize: { rule: rules.integer({ min: 1 }), default: 64, doc: "examples at a time" },
  ...computeOptions,
} satisfies OptionTable<CodeBitsOptions>;

/** What codes take under a prior, with standard errors over examples. */
export interface CodeBits {
  /** `-log2 p(codes)` per example. */
  readonly perExample: Estimate;
  /** The same per code. */
  readonly perCode: Estimate;
  /** By level, where there are several: per code of that level. */
  readonly levels: Readonly<Record<string, Estimate>>;
}

/**
 * Bits that codes take under a prior: `-log2 p(codes)`.
 *
 * @param prior any trainable whose terms are `-log p` of codes, such as `pixelCnn(...)`
 * @param codes what it is trained on: codes as `encode` gives them, with labels or other levels for a prior that is told them
 * @throws TypeError or RangeError for codes that do not fit the prior
 */
export async function codeBits<P>(
  prior: Trainable<P>,
  codes: unknown,
  options: CodeBitsOptions = {},
): Promise<CodeBits> {
  const fn = "codeBits";
  const { batchSize } = readOptions(fn, table, options);
  const trainable = prior as unknown as Trainable;
  const rows = await rowsOf(fn, trainable, codes);
  const { terms } = await exampleTerms(trainable, rows, {
    random: new Random(0),
    step: trainable.step ?? 0,
    compute: computeOf(trainable.compute, options),
    batchSize,
  });
  const perLevel = Object.entries(terms);
  const lengths = perLevel.map(([name]) => sizeOf(trainable.columns[name].shape));
  const all = sumOf(perLevel.map(([, nats]) => nats));
  const total = lengths.reduce((a, b) => a + b, 0);
  return {
    perExample: inBits(all, 1),
    perCode: inBits(all, total),
    levels:
      perLevel.length === 1
        ? {}
        : Object.fromEntries(perLevel.map(([name, nats], i) => [name, inBits(nats, lengths[i])])),
  };
}

const inBits = (nats: Float64Array, codes: number): Estimate =>
  estimateOf(nats.map((value) => value / (Math.LN2 * codes)));

const sumOf = (parts: readonly Float64Array[]): Float64Array =>
  parts[0].map((_, i) => parts.reduce((sum, part) => sum + part[i], 0));
