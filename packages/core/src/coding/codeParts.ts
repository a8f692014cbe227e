/** What codes consist of, in the order in which they are coded: labels, then level by level. */
import type { HierarchicalPrior } from "../codePrior/hierarchicalPrior.ts";
import type { LearnedCodePrior } from "../codePrior/codePrior.ts";
import { givenBlock, labelName } from "../priors/givenColumns.ts";
import { rowsFor } from "../priors/sampleCodes.ts";
import { walkCodes } from "../priors/walkCodes.ts";
import { Random } from "../random/random.ts";
import { sizeOf } from "../shape.ts";
import type { ComputeOptions } from "../step/compute.ts";
import { countsInto } from "./counts.ts";
import { digestOf } from "./container.ts";

/** A prior that codes can be compressed with. */
export type CodingPrior = LearnedCodePrior | HierarchicalPrior;

/** Priors by the name of their codes; `codes` where there is one. */
export const levelsOf = (prior: CodingPrior): [name: string, prior: LearnedCodePrior][] =>
  "levels" in prior ? Object.entries(prior.levels) : [["codes", prior]];

/** Number of classes, where a prior has several. */
export const classesOf = (prior: CodingPrior): number | undefined =>
  levelsOf(prior).find(([, { given }]) => Object.hasOwn(given, labelName))?.[1].given[labelName]
    .limit;

/** Codes of all levels and labels; the codes of a level are complete before the next one is visited. */
export interface CodeArrays {
  readonly count: number;
  /** int32 `[count, ...positions]` by level, and `label`. */
  readonly values: Readonly<Record<string, Int32Array>>;
}

/** The frequencies of a code of one row, of which `[start(k), start(k) + counts[k])` of 2^24 stand for code k. */
export type VisitCode = (counts: Float64Array, at: number) => number;

/**
 * Visits every code of a level in the one order that both sides share, with its frequencies given all before it.
 *
 * @param visit gets the frequencies and the code's place in the array, and gives the code, which is written there
 */
export async function visitLevel(
  [name, prior]: readonly [string, LearnedCodePrior],
  { count, values }: CodeArrays,
  { visit, compute }: { readonly visit: VisitCode; readonly compute: ComputeOptions },
): Promise<void> {
  const length = sizeOf(prior.positions);
  const K = prior.codebookSize;
  const rows = rowsFor(count);
  const counts = new Float64Array(K);
  for (let start = 0; start < count; start += rows) {
    const codes = new Int32Array(rows * length); // zeros in rows beyond the count
    const known = Math.min(rows, count - start);
    const request = {
      rows,
      codes,
      given: givenBlock(prior, values, { start, rows, count }),
      compute,
    };
    await walkCodes(prior, request, (position, logits) => {
      for (let row = 0; row < known; row++) {
        countsInto(counts, logits.subarray(row * K, (row + 1) * K));
        const at = (start + row) * length + position;
        const code = visit(counts, at);
        values[name][at] = code;
        codes[row * length + position] = code;
      }
    });
  }
}

/** Rows of the probe of {@link arithmeticDigest}. */
const probeRows = 16;

const probes = new WeakMap<CodingPrior, { readonly weights: string; readonly digest: string }>();

/**
 * A digest of what the prior's networks compute for codes drawn at random: the same on every machine, another one where a
 * version of elbo or of its kernels computes otherwise.
 *
 * @param weights a digest of the prior's weights, under which the result is remembered
 */
export async function arithmeticDigest(
  prior: CodingPrior,
  weights: string,
  compute: ComputeOptions,
): Promise<string> {
  const known = probes.get(prior);
  if (known?.weights === weights) return known.digest;
  const random = new Random(0).fork("probe");
  const parts: Uint8Array[] = [];
  for (const [, level] of levelsOf(prior)) {
    const { given, codebookSizes, positions } = level;
    const drawn = Object.entries(given).map(([name, { shape, limit }]): [string, Int32Array] => [
      name,
      Int32Array.from({ length: probeRows * sizeOf(shape) }, () => random.integer(limit)),
    ]);
    const codes = Int32Array.from({ length: probeRows * sizeOf(positions) }, (_, i) =>
      random.integer(codebookSizes[i % codebookSizes.length]),
    );
    const request = { rows: probeRows, codes, given: Object.fromEntries(drawn), compute };
    await walkCodes(level, request, (_, logits) => {
      parts.push(new Uint8Array(logits.slice().buffer));
    });
  }
  const digest = digestOf(...parts);
  probes.set(prior, { weights, digest });
  return digest;
}
