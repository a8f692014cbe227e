/** Ways from latents to tokens, one step of a compiled program for each position: draws, and beam search. */
import * as tf from "@tensorflow/tfjs-core";
import {
  assertShape,
  callProgram,
  computeOf,
  computeOptions,
  Random,
  readOptions,
  rules,
  type Columns,
  type ComputeOptions,
  type NdArray,
  type OptionTable,
  type StepContext,
  type StepProgram,
} from "@elbo/core";
import type { Apply } from "./cell.ts";
import { startToken } from "./generate.ts";
import type { SequenceVae } from "./sequenceVae.ts";
import { endToken } from "./tokens.ts";

/** Options of {@link sampleSequences}. */
export interface SampleSequencesOptions extends ComputeOptions {
  /** Divides the logits: below 1 more likely tokens, above 1 more varied ones; default 1. */
  readonly temperature?: number;
  /** Default 0; sequence i is the same whatever the others. */
  readonly seed?: number;
}

const sampleTable = {
  temperature: { rule: rules.number({ above: 0 }), default: 1, doc: "divides the logits" },
  seed: { rule: rules.integer(), default: 0, doc: "seed of the draws" },
  ...computeOptions,
} satisfies OptionTable<SampleSequencesOptions>;

/** Options of {@link beamSearch}. */
export interface BeamSearchOptions extends ComputeOptions {
  /** Sequences that are kept at each position; default 8. */
  readonly beams?: number;
}

const beamTable = {
  beams: { rule: rules.integer({ min: 1, max: 4096 }), default: 8, doc: "sequences kept" },
  ...computeOptions,
} satisfies OptionTable<BeamSearchOptions>;

/** What {@link beamSearch} found. */
export interface Beams {
  /** int32 `[n, beams, length]`, the most likely first; where there are fewer sequences, the last ones are empty. */
  readonly tokens: NdArray<Int32Array>;
  /** `log p(x | z)` `[n, beams]`, nats; minus infinity for a sequence that there is not. */
  readonly logProb: NdArray<Float64Array & Float32Array>;
}

/** Rows that go through the decoder at a time: of few sizes, since a program is compiled for each. */
const block = 64;

/**
 * Draws tokens one after the other from `softmax(logits / temperature)`.
 *
 * @param code `[n, latent]`, what `encode` gives or a prior draws
 * @returns int32 `[n, length]`
 * @throws TypeError or RangeError for codes or options that make no sense
 */
export async function sampleSequences(
  model: SequenceVae,
  code: NdArray,
  options: SampleSequencesOptions = {},
): Promise<NdArray<Int32Array>> {
  const fn = "sampleSequences";
  const { temperature, seed } = readOptions(fn, sampleTable, options);
  const { latent, length } = sizesOf(model);
  assertShape({ fn, name: "code" }, code.shape, [null, latent]);
  const [count] = code.shape;
  const random = new Random(seed).fork("sequences");
  const out = new Int32Array(count * length);
  for (let first = 0; first < count; first += block) {
    const indices = Array.from({ length: block }, (_, i) => Math.min(first + i, count - 1));
    const walk = await Walk.start(model, rowsOf(code, indices), computeOf(options));
    const streams = indices.map((index) => random.fork(index));
    const drawn = await drawBlock(walk, { streams, length, temperature });
    const own = Math.min(block, count - first);
    out.set(drawn.subarray(0, own * length), first * length);
  }
  return { data: out, shape: [count, length] };
}

interface Drawing {
  readonly streams: readonly Random[];
  readonly length: number;
  readonly temperature: number;
}

async function drawBlock(
  walk: Walk,
  { streams, length, temperature }: Drawing,
): Promise<Int32Array> {
  const tokens = new Int32Array(streams.length * length);
  const isOver = new Uint8Array(streams.length);
  for (let t = 0; t < length; t++) {
    const logits = await walk.next();
    const classes = logits.length / streams.length;
    const gumbel = new Float32Array(classes);
    streams.forEach((random, row) => {
      if (isOver[row] === 1) return;
      random.fillGumbelInto(gumbel);
      let best = 0;
      let highest = -Infinity;
      for (let k = 0; k < classes; k++) {
        const value = logits[row * classes + k] / temperature + gumbel[k];
        if (value > highest) [best, highest] = [k, value];
      }
      tokens[row * length + t] = best;
      walk.tokens[row] = best;
      if (best === endToken) isOver[row] = 1;
    });
    if (isOver.every((value) => value === 1)) break;
  }
  return tokens;
}

/** A sequence on its way: its row of the walk, tokens so far, log probability. */
interface Hypothesis {
  readonly row: number;
  readonly tokens: readonly number[];
  readonly logProb: number;
  readonly isOver: boolean;
}

/**
 * The most likely sequences that a beam finds: at every position the `beams` best of all sequences that go on by a token or are over.
 * With as many beams as there are sequences it finds the most likely one for certain.
 *
 * @param code `[n, latent]`
 * @throws TypeError or RangeError for codes or options that make no sense
 */
export async function beamSearch(
  model: SequenceVae,
  code: NdArray,
  options: BeamSearchOptions = {},
): Promise<Beams> {
  const fn = "beamSearch";
  const { beams } = readOptions(fn, beamTable, options);
  const { latent, length } = sizesOf(model);
  assertShape({ fn, name: "code" }, code.shape, [null, latent]);
  const [count] = code.shape;
  const tokens = new Int32Array(count * beams * length);
  const logProb = new Float64Array(count * beams).fill(-Infinity);
  const atOnce = Math.max(1, Math.floor(block / beams));
  for (let first = 0; first < count; first += atOnce) {
    const examples = Array.from({ length: atOnce }, (_, i) => Math.min(first + i, count - 1));
    const found = await searchBlock(model, { code, examples, beams }, computeOf(options));
    found.slice(0, count - first).forEach((hypotheses, i) => {
      hypotheses.forEach((hypothesis, rank) => {
        const at = (first + i) * beams + rank;
        tokens.set(hypothesis.tokens, at * length);
        logProb[at] = hypothesis.logProb;
      });
    });
  }
  return {
    tokens: { data: tokens, shape: [count, beams, length] },
    logProb: { data: logProb as Float64Array & Float32Array, shape: [count, beams] },
  };
}

interface Search {
  readonly code: NdArray;
  readonly examples: readonly number[];
  readonly beams: number;
}

async function searchBlock(
  model: SequenceVae,
  { code, examples, beams }: Search,
  compute: ComputeOptions,
): Promise<readonly (readonly Hypothesis[])[]> {
  const { length } = sizesOf(model);
  const rows = examples.flatMap((example) => Array<number>(beams).fill(example));
  const walk = await Walk.start(model, rowsOf(code, rows), compute);
  let found: readonly (readonly Hypothesis[])[] = examples.map((_, i) => [
    { row: i * beams, tokens: [], logProb: 0, isOver: false },
  ]);
  for (let t = 0; t < length; t++) {
    const logits = await walk.next();
    const classes = logits.length / rows.length;
    found = found.map((hypotheses) => best(hypotheses, { logits, classes, beams }));
    // Each goes on in a row of its own, with the state of the row that it came from.
    const from = Int32Array.from({ length: rows.length }, (_, row) => row);
    found = found.map((hypotheses, i) =>
      hypotheses.map((hypothesis, rank) => {
        const row = i * beams + rank;
        from[row] = hypothesis.row;
        walk.tokens[row] = hypothesis.tokens.at(-1) ?? endToken;
        return { ...hypothesis, row };
      }),
    );
    if (found.every((hypotheses) => hypotheses.every(({ isOver }) => isOver))) break;
    walk.take(from);
  }
  return found;
}

/** The best of what is over and of what goes on by one token. */
function best(
  hypotheses: readonly Hypothesis[],
  given: { readonly logits: Float32Array; readonly classes: number; readonly beams: number },
): Hypothesis[] {
  const { logits, classes, beams } = given;
  const next = hypotheses.flatMap((hypothesis): Hypothesis[] => {
    if (hypothesis.isOver) return [hypothesis];
    const own = logits.subarray(hypothesis.row * classes, (hypothesis.row + 1) * classes);
    const total = logSumExp(own);
    return Array.from(own, (logit, token) => ({
      row: hypothesis.row,
      tokens: [...hypothesis.tokens, token],
      logProb: hypothesis.logProb + logit - total,
      isOver: token === endToken,
    }));
  });
  return next.sort((a, b) => b.logProb - a.logProb).slice(0, beams);
}

function logSumExp(values: Float32Array): number {
  const highest = values.reduce((most, value) => Math.max(most, value), -Infinity);
  return highest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - highest), 0));
}

const sizesOf = (model: SequenceVae): { readonly latent: number; readonly length: number } => ({
  latent: model.levels["z"].latent[0],
  length: model.example["x"].column.shape[0],
});

/** Rows of codes by their indices. */
function rowsOf({ data, shape: [, size] }: NdArray, indices: readonly number[]): Float32Array {
  const out = new Float32Array(indices.length * size);
  indices.forEach((index, row) => {
    out.set(data.subarray(index * size, (index + 1) * size), row * size);
  });
  return out;
}

const stateFeed = (name: string): string => `state_${name}`;

/** Several sequences that go through the decoder together. */
class Walk {
  /** The token of each row before the next position. */
  readonly tokens: Int32Array;
  private readonly model: SequenceVae;
  private readonly compute: ComputeOptions;
  private state: Record<string, Float32Array>;

  private constructor(
    model: SequenceVae,
    state: Readonly<Record<string, NdArray>>,
    { rows, compute }: { readonly rows: number; readonly compute: ComputeOptions },
  ) {
    this.model = model;
    this.compute = compute;
    const [, classes] = model.example["x"].parameterShape;
    this.tokens = new Int32Array(rows).fill(startToken(classes));
    this.state = Object.fromEntries(
      Object.entries(state).map(([name, { data }]) => [name, data as Float32Array]),
    );
  }

  /** @param z `[rows, L]` */
  static async start(model: SequenceVae, z: Float32Array, compute: ComputeOptions): Promise<Walk> {
    const { latent } = sizesOf(model);
    const call = {
      name: "sequence start",
      program: (): StepProgram => ({
        feeds: { z: { shape: [null, latent] } },
        run: (feeds) => named(model.cell.start(applyOf(model), feeds["z"])),
      }),
      feeds: { z },
    };
    const state = await callProgram(model, call, compute);
    return new Walk(model, state, { rows: z.length / latent, compute });
  }

  /** Logits `[rows, V]` of the next position, given `tokens`. */
  async next(): Promise<Float32Array> {
    const call = {
      name: "sequence step",
      program: () => stepProgram(this.model),
      feeds: { ...this.state, tokens: this.tokens },
    };
    const { logits, ...state } = await callProgram(this.model, call, this.compute);
    this.state = Object.fromEntries(
      Object.entries(state).map(([name, { data }]) => [name, data as Float32Array]),
    );
    return logits.data as Float32Array;
  }

  /** Gives each row the state of another. */
  take(from: Int32Array): void {
    for (const [name, values] of Object.entries(this.state)) {
      const size = values.length / from.length;
      const moved = new Float32Array(values.length);
      from.forEach((row, to) => {
        moved.set(values.subarray(row * size, (row + 1) * size), to * size);
      });
      this.state[name] = moved;
    }
  }
}

const named = (state: Columns): Record<string, tf.Tensor> =>
  Object.fromEntries(Object.entries(state).map(([name, value]) => [stateFeed(name), value]));

const applyOf =
  (model: SequenceVae): Apply =>
  (network, x) =>
    model.operations.apply(network, x, { context: untrained });

/** Networks of dense layers look at nothing of it but whether it trains. */
const untrained: StepContext = {
  training: false,
  batchSize: 1,
  draws: 1,
  dataSize: 1,
  noise: {},
  scalars: {},
};

function stepProgram(model: SequenceVae): StepProgram {
  const { cell } = model;
  const [, classes] = model.example["x"].parameterShape;
  const states = Object.entries(cell.state);
  return {
    feeds: {
      tokens: { shape: [null], dtype: "int32" },
      ...Object.fromEntries(
        states.map(([name, shape]) => [stateFeed(name), { shape: [null, ...shape] }]),
      ),
    },
    run({ tokens, ...fed }) {
      const state = Object.fromEntries(states.map(([name]) => [name, fed[stateFeed(name)]]));
      const before = tf.oneHot(tf.cast(tokens, "int32"), classes + 2, 1, 0, "float32");
      const stepped = cell.step(applyOf(model), state, before);
      return { logits: stepped.logits, ...named(stepped.state) };
    },
  };
}
