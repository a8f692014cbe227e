/**
 * Drawing codes one after the other. Rows are cut into blocks of a fixed size, and the noise of a row depends on the seed and
 * the row alone, so a row is the same whatever the count.
 */
import { assertInteger, readOptions, rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import type { NdArray } from "@elbo/jit";
import { computeOf, computeOptions } from "../step/computeOptions.ts";
import { Random } from "../random/random.ts";
import { sizeOf } from "../shape.ts";
import { drawCode } from "./drawCode.ts";
import type { DrawOptions } from "./drawCode.ts";
import { givenBlock, readGiven } from "./givenColumns.ts";
import type { CodePrior, PriorSampleOptions } from "./prior.ts";
import { walkCodes } from "./walkCodes.ts";

/** Rows that are drawn at a time: of two sizes, so that few programs are compiled. */
export const rowsFor = (count: number): number => (count <= 16 ? 16 : 64);

/** {@link PriorSampleOptions} as a table. */
export const priorSampleTable = {
  seed: { rule: rules.integer(), default: 0, doc: "seed of the draws" },
  temperature: { rule: rules.number({ above: 0 }), default: 1, doc: "divides the logits" },
  topK: {
    rule: rules.integer({ min: 1 }),
    default: undefined,
    shown: "all",
    doc: "draws among so many of the most likely codes",
  },
  label: { rule: rules.any<number>(), default: undefined, doc: "one class for all" },
  labels: {
    rule: rules.any<NonNullable<PriorSampleOptions["labels"]>>(),
    default: undefined,
    doc: "one class for each",
  },
  ...computeOptions,
} satisfies OptionTable<PriorSampleOptions>;

/** Codes of earlier levels, by level. */
export interface SampleGiven {
  readonly given?: Readonly<Record<string, NdArray>>;
}

/**
 * Draws codes from a prior.
 *
 * @param count number of examples
 * @returns int32 `[count, ...positions]`
 * @throws TypeError or RangeError for a count or an option that makes no sense
 */
export async function sampleCodes(
  prior: CodePrior,
  count: number,
  options: PriorSampleOptions & SampleGiven = {},
): Promise<NdArray<Int32Array>> {
  const fn = "sample";
  const { given: levels = {}, ...own } = options;
  const { seed, temperature, topK, label, labels } = readOptions(fn, priorSampleTable, own);
  assertInteger({ fn, name: "count" }, count, { min: 1 });
  const given = await readGiven(fn, prior, { values: { ...levels, label, labels }, count });
  const compute = computeOf(prior.compute, own);
  const length = sizeOf(prior.positions);
  const data = new Int32Array(count * length);
  const random = new Random(seed).fork("codes");
  const rows = rowsFor(count);
  for (let start = 0; start < count; start += rows) {
    const codes = new Int32Array(rows * length);
    const streams = Array.from({ length: rows }, (_, row) => random.fork(start + row));
    const request = {
      rows,
      codes,
      given: givenBlock(prior, given, { start, rows, count }),
      compute,
    };
    const draw = drawer(prior, { codes, streams, temperature, topK });
    await walkCodes(prior, request, draw);
    data.set(codes.subarray(0, Math.min(rows, count - start) * length), start * length);
  }
  return { data, shape: [count, ...prior.positions] };
}

interface Drawing extends DrawOptions {
  readonly codes: Int32Array;
  readonly streams: readonly Random[];
}

/** Draws the codes of a position, each row from its own stream. */
export function drawer(
  { codebookSize, positions }: CodePrior,
  { codes, streams, temperature, topK }: Drawing,
): (position: number, logits: Float32Array) => void {
  const length = sizeOf(positions);
  const gumbel = new Float32Array(codebookSize);
  return (position, logits) => {
    streams.forEach((random, row) => {
      const own = logits.subarray(row * codebookSize, (row + 1) * codebookSize);
      codes[row * length + position] = drawCode(own, gumbel, { random, temperature, topK });
    });
  };
}
