/** Going through the positions of several sequences together, one call of a compiled step for each. */
import * as tf from "@tensorflow/tfjs-core";
import {
  assertShape,
  callProgram,
  describeValue,
  takeRows,
  type Columns,
  type ComputeOptions,
  type NdArray,
  type StepContext,
  type StepProgram,
} from "@elbo/core";
import type { Apply } from "./cell.ts";
import { startToken } from "./generate.ts";
import type { SequenceVae } from "./sequenceVae.ts";

/** Rows that go through the decoder at a time: of few sizes, since a program is compiled for each. */
export const block = 64;

/** Sizes of a model of sequences. */
export const sizesOf = (
  model: SequenceVae,
): { readonly latent: number; readonly length: number } => ({
  latent: model.levels["z"].latent[0],
  length: model.example["x"].column.shape[0],
});

/**
 * What a search is of: how many codes, and how long the sequences.
 *
 * @throws RangeError for codes that are not `[n, latent]`
 */
export function searchOf(
  fn: string,
  model: SequenceVae,
  code: NdArray,
): { readonly count: number; readonly length: number } {
  const { kind } = (model as Partial<SequenceVae> | undefined) ?? {};
  if (kind !== "sequence-vae") {
    throw new TypeError(
      `${fn}: model must be a sequence-vae, got ${kind === undefined ? describeValue(model) : `a ${kind}`}`,
    );
  }
  const { shape } = (code as Partial<NdArray> | undefined) ?? {};
  if (shape === undefined) {
    throw new TypeError(`${fn}: code must be { data, shape }, got ${describeValue(code)}`);
  }
  const { latent, length } = sizesOf(model);
  assertShape({ fn, name: "code" }, shape, [null, latent]);
  return { count: shape[0], length };
}

/** The codes of so many rows of a walk. */
export const codesOf = (code: NdArray, indices: readonly number[]): Float32Array =>
  Float32Array.from(takeRows(code, indices).data);

const stateFeed = (name: string): string => `state_${name}`;

/** Several sequences that go through the decoder together. */
export class Walk {
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
    for (const [name, data] of Object.entries(this.state)) {
      const shape = [from.length, data.length / from.length];
      this.state[name] = takeRows({ data, shape }, from).data as Float32Array;
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
