/**
 * Filling in what is missing of codes. A prior that draws in order knows what comes before a gap but not what comes after it;
 * so several completions are drawn, each weighted by how likely it makes the codes after it, and one of them is chosen by
 * weight: sampling-importance-resampling (Rubin 1987), which draws from the exact conditional as the candidates grow in number.
 */
import { assertShape, readOptions, rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import type { NdArray } from "@elbo/jit";
import { takeRows, toNdArray } from "../ndArray.ts";
import { Random } from "../random/random.ts";
import { sizeOf } from "../shape.ts";
import type { ComputeOptions } from "../step/compute.ts";
import { computeOf } from "../step/computeOptions.ts";
import { drawCode, logProbOf } from "./drawCode.ts";
import { labelName, readCodesOf, readGiven } from "./givenColumns.ts";
import type { CodePrior, CodesByLevel, PriorSampleOptions } from "./prior.ts";
import { priorSampleTable } from "./sampleCodes.ts";
import type { SampleGiven } from "./sampleCodes.ts";
import { walkCodes } from "./walkCodes.ts";

/** Codes of which some are missing, or a record of these by level. */
export interface IncompleteCodes<Codes = NdArray> {
  /** int32 `[n, ...positions]`; what is missing may be any code. */
  readonly codes: Codes;
  /** `[n, ...positions]` or `[...positions]` for all: 1 where a code is missing, 0 where it is known. */
  readonly missing: Codes;
}

/** A prior over several levels, each of which may be told those before it, such as a `HierarchicalPrior`. */
export interface LevelPriors {
  readonly levels: Readonly<Record<string, CodePrior>>;
  readonly compute?: ComputeOptions;
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

const fn = "fillCodes";
const block = 64;

/**
 * Draws the missing codes given the known ones; of a prior over several levels, given those of all levels.
 *
 * @returns int32 `[n, ...positions]`, or these by level, the known codes as they were; example i is the same whatever the others
 * @throws TypeError or RangeError for codes, a mask or an option that make no sense
 */
export function fillCodes(
  prior: LevelPriors,
  incomplete: IncompleteCodes<CodesByLevel>,
  options?: Omit<FillCodesOptions, "given">,
): Promise<Readonly<Record<string, NdArray<Int32Array>>>>;
export function fillCodes(
  prior: CodePrior,
  incomplete: IncompleteCodes,
  options?: FillCodesOptions,
): Promise<NdArray<Int32Array>>;
export async function fillCodes(
  prior: CodePrior | LevelPriors,
  incomplete: IncompleteCodes<NdArray | CodesByLevel>,
  options: FillCodesOptions = {},
): Promise<NdArray<Int32Array> | Readonly<Record<string, NdArray<Int32Array>>>> {
  const { given: told = {}, ...own } = options;
  const checked = readOptions(fn, table, own);
  const { seed, label, labels, candidates } = checked;
  const values = { ...told, label, labels };
  const hasLevels = "levels" in prior;
  const levels = hasLevels
    ? await readLevels(prior, incomplete as IncompleteCodes<CodesByLevel>, values)
    : [await readLevel(["codes", prior], incomplete as IncompleteCodes, { values })];
  const [{ count }] = levels;
  const compute = computeOf(prior.compute, own);
  const random = new Random(seed).fork("fill");
  const data = levels.map(({ known }) => known.slice());
  const perBlock = Math.floor(block / candidates);
  for (let start = 0; start < count; start += perBlock) {
    const examples = Array.from({ length: block }, (_, row) =>
      Math.min(start + Math.floor(row / candidates), count - 1),
    );
    const filling = new Filling({ ...checked, examples, random });
    for (const level of levels) await filling.walk(level, compute);
    for (let i = 0; i < Math.min(perBlock, count - start); i++) {
      filling
        .chosen(i, start + i)
        .forEach((codes, l) => data[l].set(codes, (start + i) * codes.length));
    }
  }
  const filled = levels.map(({ name, prior: { positions } }, l) => [
    name,
    { data: data[l], shape: [count, ...positions] },
  ]);
  const all = Object.fromEntries(filled) as Record<string, NdArray<Int32Array>>;
  return hasLevels ? all : all["codes"];
}

/** The codes of one level, and what its prior is told but for earlier levels. */
interface Level {
  readonly name: string;
  readonly prior: CodePrior;
  readonly count: number;
  /** `[count, T]` */
  readonly known: Int32Array;
  /** `[count, T]`, 1 where a code is missing. */
  readonly mask: Uint8Array;
  readonly given: Readonly<Record<string, Int32Array>>;
}

async function readLevels(
  { levels }: LevelPriors,
  { codes, missing }: IncompleteCodes<CodesByLevel>,
  { label, labels, ...others }: Readonly<Record<string, unknown>>,
): Promise<Level[]> {
  const entries = Object.entries(levels);
  const hasClasses = entries.some(([, { given = {} }]) => Object.hasOwn(given, labelName));
  const read: Level[] = [];
  for (const [name, prior] of entries) {
    const isTold = !hasClasses || Object.hasOwn(prior.given ?? {}, labelName);
    const values = { ...others, ...(isTold ? { label, labels } : {}) };
    const before = read.map((level) => level.name);
    const own = { codes: codes[name], missing: missing[name] };
    read.push(await readLevel([name, prior], own, { values, before, count: read[0]?.count }));
  }
  return read;
}

interface Told {
  readonly values: Readonly<Record<string, unknown>>;
  /** Levels that are filled in before. */
  readonly before?: readonly string[];
  /** Number of examples, where it is known. */
  readonly count?: number | undefined;
}

async function readLevel(
  [name, prior]: readonly [string, CodePrior],
  { codes, missing }: IncompleteCodes,
  { values, before = [], count: wanted }: Told,
): Promise<Level> {
  const spec = { shape: prior.positions, limit: prior.codebookSize };
  const known = await readCodesOf({ fn, name }, codes, {
    spec,
    ...(wanted === undefined ? {} : { count: wanted }),
  });
  const count = known.length / sizeOf(prior.positions);
  const mask = await readMask(prior, { missing, count });
  const given = Object.fromEntries(
    Object.entries(prior.given ?? {}).filter(([column]) => !before.includes(column)),
  );
  const read = await readGiven(fn, { kind: prior.kind, given }, { values, count });
  return { name, prior, count, known, mask, given: read };
}

async function readMask(
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

interface FillingOptions {
  /** The example of each row. */
  readonly examples: readonly number[];
  readonly candidates: number;
  readonly random: Random;
  readonly temperature: number;
  readonly topK: number | undefined;
}

/** One block of candidates on its way through levels and positions. */
class Filling {
  /** Codes `[block, T]` of the levels so far. */
  private readonly codes: Record<string, Int32Array> = {};
  private readonly options: FillingOptions;
  private readonly logWeights = new Float64Array(block);
  private readonly streams: readonly Random[];

  constructor(options: FillingOptions) {
    this.options = options;
    this.streams = options.examples.map((example, row) =>
      options.random.fork(example, row % options.candidates),
    );
  }

  /** Draws what is missing of a level, and weighs what is not. */
  async walk(level: Level, compute: ComputeOptions): Promise<void> {
    const { examples, temperature, topK } = this.options;
    const { name, prior, known, mask } = level;
    const length = sizeOf(prior.positions);
    const K = prior.codebookSize;
    const gumbel = new Float32Array(K);
    const codes = new Int32Array(block * length);
    const request = { rows: block, codes, given: this.given(level), compute };
    await walkCodes(prior, request, (position, logits) => {
      examples.forEach((example, row) => {
        const at = example * length + position;
        const own = logits.subarray(row * K, (row + 1) * K);
        const isMissing = mask[at] === 1;
        const code = isMissing
          ? drawCode(own, gumbel, { random: this.streams[row], temperature, topK })
          : known[at];
        codes[row * length + position] = code;
        if (!isMissing) this.logWeights[row] += logProbOf(own, code, temperature);
      });
    });
    this.codes[name] = codes;
  }

  /** What each row is told: that of its example, and its own codes of earlier levels. */
  private given({ prior, given, count }: Level): Record<string, Int32Array> {
    const entries = Object.entries(prior.given ?? {}).map(([name, spec]) => {
      if (Object.hasOwn(this.codes, name)) return [name, this.codes[name]] as const;
      const told = { data: given[name], shape: [count, ...spec.shape] };
      return [name, takeRows(told, this.options.examples).data as Int32Array] as const;
    });
    return Object.fromEntries(entries);
  }

  /** The codes of a candidate of the i-th example of the block, drawn by weight, level by level. */
  chosen(i: number, example: number): Int32Array[] {
    const { candidates, random } = this.options;
    const weights = Float32Array.from(
      this.logWeights.subarray(i * candidates, (i + 1) * candidates),
    );
    const choice = drawCode(weights, new Float32Array(candidates), {
      random: random.fork("choice", example),
      temperature: 1,
      topK: undefined,
    });
    return Object.values(this.codes).map((codes) => {
      const length = codes.length / block;
      const start = (i * candidates + choice) * length;
      return codes.subarray(start, start + length);
    });
  }
}
