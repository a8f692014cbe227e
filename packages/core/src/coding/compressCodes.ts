import { readOptions, rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import type { NdArray } from "@elbo/jit";
import { readOwnCodes, recordOf } from "../codePrior/codeRows.ts";
import { labelName, readGiven } from "../priors/givenColumns.ts";
import type { JsonObject } from "../json.ts";
import { sizeOf } from "../shape.ts";
import type { ComputeOptions } from "../step/compute.ts";
import { computeOptions } from "../step/computeOptions.ts";
import { AnsStack, countTotal } from "./ans.ts";
import { arithmeticDigest, classesOf, levelsOf, visitLevel } from "./codeParts.ts";
import type { CodeArrays, CodingPrior } from "./codeParts.ts";
import { assertDigests, digestOfModel, pack, unpack } from "./container.ts";
import type { Digests } from "./container.ts";

/** A model or a prior as a digest knows it. */
export interface Digestible {
  readonly kind: string;
  readonly options: JsonObject;
  readWeights(): Promise<Record<string, NdArray>>;
}

/** Options of {@link compressCodes} and {@link decompressCodes}. */
export interface CodingOptions {
  /** The model whose codes they are: data are then read with the same one only. Default: none. */
  readonly model?: Digestible;
  /** Threads inside one step; the bytes do not depend on it. Default `"auto"`. */
  readonly threads?: number | "auto";
}

const table = {
  model: {
    rule: rules.such<Digestible>(
      "a model",
      (value) => typeof (value as Partial<Digestible> | null)?.readWeights === "function",
    ),
    default: undefined,
    doc: "the model whose codes they are",
  },
  threads: computeOptions.threads,
} satisfies OptionTable<CodingOptions>;

/** Codes that were compressed. */
export interface DecompressedCodes {
  /** int32 `[n, ...positions]`, or by level. */
  readonly codes: NdArray<Int32Array> | Readonly<Record<string, NdArray<Int32Array>>>;
  /** Where the prior has several classes. */
  readonly labels?: Int32Array;
}

/** The same bits on every machine. */
const portable = ({ threads }: CodingOptions): ComputeOptions => ({
  engine: "portable",
  ...(threads === undefined ? {} : { threads }),
});

async function digestsOf(
  prior: CodingPrior,
  { model }: CodingOptions,
  compute: ComputeOptions,
): Promise<Digests> {
  const own = await digestOfModel(prior);
  return {
    model: model === undefined ? "0".repeat(16) : await digestOfModel(model),
    prior: own,
    arithmetic: await arithmeticDigest(prior, own, compute),
  };
}

/**
 * Codes as bytes: `-log2 p(codes)` bits under the prior, to some ten parts in a million, and 63 bytes. Labels of a prior of
 * several classes are among them.
 *
 * The prior's networks compute on engine `portable`, position by position by the calls that {@link decompressCodes} makes, so
 * the bytes are the same in Node and in browsers, on any processor.
 *
 * @param codes as for training: what `encode` gives, with `labels` for a prior of several classes
 * @throws TypeError or RangeError for codes that the prior does not have
 */
export async function compressCodes(
  prior: CodingPrior,
  codes: unknown,
  options: CodingOptions = {},
): Promise<Uint8Array> {
  const fn = "compressCodes";
  const checked = readOptions(fn, table, options) as CodingOptions;
  const compute = portable(checked);
  const given = await readAll(fn, prior, codes);
  const digests = await digestsOf(prior, checked, compute);
  const symbols = new Symbols(
    Object.values(given.values).reduce((sum, { length }) => sum + length, 0),
  );
  const classes = classesOf(prior);
  if (classes !== undefined) {
    for (const label of given.values[labelName]) symbols.add(evenCounts(classes), label);
  }
  for (const level of levelsOf(prior)) {
    const known = given.values[level[0]];
    const visit = (counts: Float64Array, at: number): number => {
      symbols.add(counts, known[at]);
      return known[at];
    };
    await visitLevel(level, given, { visit, compute });
  }
  return pack({ content: "codes", count: given.count, digests, data: symbols.toBytes() });
}

/**
 * What {@link compressCodes} was given, to the last code.
 *
 * @throws Error for data that are damaged, or that another model, prior or arithmetic wrote
 */
export async function decompressCodes(
  prior: CodingPrior,
  bytes: Uint8Array,
  options: CodingOptions = {},
): Promise<DecompressedCodes> {
  const fn = "decompressCodes";
  const checked = readOptions(fn, table, options) as CodingOptions;
  const compute = portable(checked);
  const { count, digests, data } = unpack(fn, bytes, "codes");
  assertDigests(fn, digests, await digestsOf(prior, checked, compute));
  const stack = AnsStack.fromBytes(data);
  const arrays = emptyArrays(prior, count);
  const classes = classesOf(prior);
  if (classes !== undefined) {
    const labels = arrays.values[labelName];
    for (let i = 0; i < count; i++) labels[i] = take(stack, evenCounts(classes));
  }
  for (const level of levelsOf(prior)) {
    await visitLevel(level, arrays, { visit: (counts) => take(stack, counts), compute });
  }
  if (!stack.isEmpty) throw new Error(`${fn}: data must be what compress wrote, got more`);
  return shaped(prior, arrays);
}

/** Codes of all levels and labels, checked; copies, since coding writes what it reads. */
async function readAll(fn: string, prior: CodingPrior, codes: unknown): Promise<CodeArrays> {
  const { label, labels, ...record } = recordOf(fn, codes);
  const values: Record<string, Int32Array> = {};
  for (const [name, level] of levelsOf(prior)) {
    const { data } = await readOwnCodes({ fn, name }, level, record[name]);
    values[name] = data.slice();
  }
  const [[name, first]] = levelsOf(prior);
  const count = values[name].length / sizeOf(first.positions);
  const classes = classesOf(prior);
  if (classes === undefined) return { count, values };
  const told = { kind: prior.kind, given: { [labelName]: { shape: [], limit: classes } } };
  const read = await readGiven(fn, told, { values: { label, labels }, count });
  return { count, values: { ...read, ...values } };
}

/** The most codes of one file: 4 GiB as int32. */
const mostCodes = 2 ** 30;

function emptyArrays(prior: CodingPrior, count: number): CodeArrays {
  const lengths = levelsOf(prior).map(
    ([name, { positions }]) => [name, sizeOf(positions)] as const,
  );
  const total = lengths.reduce((sum, [, length]) => sum + length * count, 0);
  if (total > mostCodes) {
    throw new RangeError(
      `decompressCodes: data must be of at most ${mostCodes} codes, got ${total}`,
    );
  }
  const values = Object.fromEntries(
    lengths.map(([name, length]) => [name, new Int32Array(count * length)]),
  );
  return {
    count,
    values:
      classesOf(prior) === undefined ? values : { [labelName]: new Int32Array(count), ...values },
  };
}

function shaped(prior: CodingPrior, { count, values }: CodeArrays): DecompressedCodes {
  const levels = levelsOf(prior).map(
    ([name, { positions }]) =>
      [name, { data: values[name], shape: [count, ...positions] }] as const,
  );
  return {
    codes: levels.length === 1 ? levels[0][1] : Object.fromEntries(levels),
    ...(classesOf(prior) === undefined ? {} : { labels: values[labelName] }),
  };
}

/** Equal frequencies. */
function evenCounts(size: number): Float64Array {
  const each = Math.floor(countTotal / size);
  const counts = new Float64Array(size).fill(each);
  counts[0] += countTotal - each * size;
  return counts;
}

function take(stack: AnsStack, counts: Float64Array): number {
  const slot = stack.peek();
  let start = 0;
  let code = 0;
  while (start + counts[code] <= slot) start += counts[code++];
  stack.pop(start, counts[code]);
  return code;
}

/** Symbols in the order in which they are read: what comes last out of a stack must go in first. */
class Symbols {
  private readonly starts: Uint32Array;
  private readonly counts: Uint32Array;
  private length = 0;

  constructor(capacity: number) {
    this.starts = new Uint32Array(capacity);
    this.counts = new Uint32Array(capacity);
  }

  add(counts: Float64Array, code: number): void {
    let start = 0;
    for (let k = 0; k < code; k++) start += counts[k];
    this.starts[this.length] = start;
    this.counts[this.length++] = counts[code];
  }

  toBytes(): Uint8Array {
    const stack = new AnsStack();
    for (let i = this.length - 1; i >= 0; i--) stack.push(this.starts[i], this.counts[i]);
    return stack.toBytes();
  }
}
