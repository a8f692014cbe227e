/**
 * Filling in what is missing of codes. A prior that draws in order knows what comes before a gap but not what comes after it;
 * so several completions are drawn, each weighted by how likely it makes the codes after it, and one of them is chosen by
 * weight: sampling-importance-resampling (Rubin 1987), which draws from the exact conditional as the candidates grow in number.
 */
import { assertShape, readOptions, rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import type { NdArray } from "@elbo/jit";
import { toNdArray } from "../ndArray.ts";
import { Random } from "../random/random.ts";
import { sizeOf } from "../shape.ts";
import { computeOf } from "../step/computeOptions.ts";
import { drawCode, logProbOf } from "./drawCode.ts";
import { givenBlock, readCodesOf, readGiven } from "./givenColumns.ts";
import type { CodePrior, PriorSampleOptions } from "./prior.ts";
import { priorSampleTable } from "./sampleCodes.ts";
import type { SampleGiven } from "./sampleCodes.ts";
import { walkCodes } from "./walkCodes.ts";

/** Codes of which some are missing. */
export interface IncompleteCodes {
  /** int32 `[n, ...positions]`; what is missing may be any code. */
  readonly codes: NdArray;
  /** `[n, ...positions]` or `[...positions]` for all: 1 where a code is missing, 0 where it is known. */
  readonly missing: NdArray;
}

/** Options of {@link fillCodes}. */
export interface FillCodesOptions extends PriorSampleOptions, SampleGiven {
  /** Completions that are drawn and weighted for each example, 1 to 64; default 16. With 1, what comes after a gap has no say in it. */
  readonly candidates?: number;
}

const table = {
  ...priorSampleTable,
  candidates: {
    rule: rules.integer({ min: 1, max: 64 }),
    default: 16,
    doc: "completions drawn and weighted for each example",
  },
} satisfies OptionTable<Omit<FillCodesOptions, "given">>;

const block = 64;

/**
 * Draws the missing codes given the known ones.
 *
 * @returns int32 `[n, ...positions]`, the known codes as they were; example i is the same whatever the others
 * @throws TypeError or RangeError for codes, a mask or an option that make no sense
 */
export async function fillCodes(
  prior: CodePrior,
  { codes, missing }: IncompleteCodes,
  options: FillCodesOptions = {},
): Promise<NdArray<Int32Array>> {
  const fn = "fillCodes";
  const { given: levels = {}, ...own } = options;
  const checked = readOptions(fn, table, own);
  const { seed, label, labels, candidates } = checked;
  const spec = { shape: prior.positions, limit: prior.codebookSize };
  const known = await readCodesOf({ fn, name: "codes" }, codes, { spec });
  const length = sizeOf(prior.positions);
  const count = known.length / length;
  const mask = await readMask(fn, prior, { missing, count });
  const given = await readGiven(fn, prior, { values: { ...levels, label, labels }, count });
  const compute = computeOf(prior.compute, own);
  const random = new Random(seed).fork("fill");
  const data = known.slice();
  const perBlock = Math.floor(block / candidates);
  for (let start = 0; start < count; start += perBlock) {
    const examples = Array.from({ length: block }, (_, row) =>
      Math.min(start + Math.floor(row / candidates), count - 1),
    );
    const filling = new Filling(prior, { ...checked, known, mask, examples, random });
    const request = {
      rows: block,
      codes: filling.codes,
      given: givenRows(prior, given, examples),
      compute,
    };
    await walkCodes(prior, request, (position, logits) => {
      filling.visit(position, logits);
    });
    for (let i = 0; i < Math.min(perBlock, count - start); i++) {
      data.set(filling.chosen(i, start + i), (start + i) * length);
    }
  }
  return { data, shape: [count, ...prior.positions] };
}

async function readMask(
  fn: string,
  { positions }: CodePrior,
  { missing, count }: { readonly missing: unknown; readonly count: number },
): Promise<Uint8Array> {
  const array = await toNdArray({ fn, name: "missing" }, missing);
  const isOne = array.shape.length === positions.length;
  assertShape({ fn, name: "missing" }, array.shape, isOne ? positions : [count, ...positions]);
  const length = sizeOf(positions);
  return Uint8Array.from({ length: count * length }, (_, i) =>
    array.data[isOne ? i % length : i] === 0 ? 0 : 1,
  );
}

/** What each row is told: that of its example. */
function givenRows(
  prior: CodePrior,
  given: Readonly<Record<string, Int32Array>>,
  examples: readonly number[],
): Record<string, Int32Array> {
  const parts = examples.map((start) =>
    givenBlock(prior, given, { start, rows: 1, count: Infinity }),
  );
  return Object.fromEntries(
    Object.keys(given).map((name) => [
      name,
      Int32Array.from(parts.flatMap((part) => [...part[name]])),
    ]),
  );
}

interface FillingOptions {
  readonly known: Int32Array;
  readonly mask: Uint8Array;
  /** The example of each row. */
  readonly examples: readonly number[];
  readonly candidates: number;
  readonly random: Random;
  readonly temperature: number;
  readonly topK: number | undefined;
}

/** One block of candidates on its way through the positions. */
class Filling {
  readonly codes: Int32Array;
  private readonly options: FillingOptions;
  private readonly length: number;
  private readonly logWeights = new Float64Array(block);
  private readonly gumbel: Float32Array;
  private readonly streams: readonly Random[];

  constructor({ positions, codebookSize }: CodePrior, options: FillingOptions) {
    this.options = options;
    this.length = sizeOf(positions);
    this.codes = new Int32Array(block * this.length);
    this.gumbel = new Float32Array(codebookSize);
    this.streams = options.examples.map((example, row) =>
      options.random.fork(example, row % options.candidates),
    );
  }

  visit(position: number, logits: Float32Array): void {
    const { known, mask, examples, temperature, topK } = this.options;
    const { codes, length, gumbel, logWeights, streams } = this;
    const K = gumbel.length;
    examples.forEach((example, row) => {
      const at = example * length + position;
      const own = logits.subarray(row * K, (row + 1) * K);
      const isMissing = mask[at] === 1;
      const code = isMissing
        ? drawCode(own, gumbel, { random: streams[row], temperature, topK })
        : known[at];
      codes[row * length + position] = code;
      if (!isMissing) logWeights[row] += logProbOf(own, code, temperature);
    });
  }

  /** The codes of a candidate of the i-th example of the block, drawn by weight. */
  chosen(i: number, example: number): Int32Array {
    const { candidates, random } = this.options;
    const weights = Float32Array.from(
      this.logWeights.subarray(i * candidates, (i + 1) * candidates),
    );
    const choice = drawCode(weights, new Float32Array(candidates), {
      random: random.fork("choice", example),
      temperature: 1,
      topK: undefined,
    });
    const start = (i * candidates + choice) * this.length;
    return this.codes.subarray(start, start + this.length);
  }
}
