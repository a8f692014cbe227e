import {
  computeOf,
  computeOptions,
  createModel,
  elbo,
  gaussian,
  loadModel,
  readOptions,
  registerModel,
  reparameterized,
  rules,
  scheduleFromJson,
  scopeContext,
  type BoundFigure,
  type ComputeOptions,
  type LatentModel,
  type LoadOptions,
  type ModelDefinition,
  type ModelKind,
  type NdArray,
  type Networks,
  type Operations,
  type OptionTable,
  type Schedule,
  type StepContext,
} from "@elbo/core";
import { betaOption } from "../betaOption.ts";
import * as tf from "@tensorflow/tfjs-core";
import type { Apply, Cell } from "./cell.ts";
import { assertNetworks, makeNetworks } from "./dense.ts";
import { decoderJson, decoderRule, makeCell, type SequenceDecoder } from "./decoder.ts";
import { chosenLogits, taughtLogits } from "./generate.ts";
import { encodeTokens, gruEncoder } from "./gru.ts";
import { assertVocabulary, tokenizer, type Tokenizer } from "./tokenizer.ts";
import { tokensLikelihood } from "./tokens.ts";

/** Options of {@link sequenceVae}. */
export interface SequenceVaeOptions extends ComputeOptions {
  /** The tokens, in the order of their numbers from 1; 0 is the end. `vocabularyOf(texts)` finds those of texts. */
  readonly vocabulary: readonly string[];
  /** Most tokens of a sequence, at least 2. */
  readonly length: number;
  /** Number of latent dimensions, at least 1. */
  readonly latent: number;
  /** What says a token given those before it and the latents: `"gru"` (default), `"conv"`, or one of them with sizes. */
  readonly decoder?: SequenceDecoder;
  /** Units of the encoder, a GRU; default 128. */
  readonly encoderUnits?: number;
  /** Probability that a training step does not tell the decoder a token, so that it asks the latents; default 0.25. */
  readonly wordDropout?: number;
  /** Weight of the KL divergence, a number or a schedule over steps, never negative; default 1. */
  readonly beta?: number | Schedule;
  /** Networks of one's own under the names that a model of the same options has. */
  readonly network?: Networks;
  /** Seed of the initial weights; default 0. */
  readonly seed?: number;
}

/** {@link SequenceVaeOptions} as a table. */
export const sequenceVaeTable = {
  vocabulary: {
    rule: rules.such<readonly string[]>("a list of tokens", Array.isArray),
    doc: "the tokens, in the order of their numbers from 1; 0 is the end",
  },
  length: { rule: rules.integer({ min: 2 }), doc: "most tokens of a sequence" },
  latent: { rule: rules.integer({ min: 1 }), doc: "number of latent dimensions" },
  decoder: {
    rule: decoderRule,
    default: "gru",
    doc: 'what says a token given those before it: "gru" or "conv", or one with sizes',
  },
  encoderUnits: { rule: rules.integer({ min: 1 }), default: 128, doc: "units of the encoder" },
  wordDropout: {
    rule: rules.number({ min: 0, max: 1 }),
    default: 0.25,
    doc: "probability that training does not tell the decoder a token",
  },
  beta: betaOption,
  network: {
    rule: rules.any<Networks>(),
    default: undefined,
    doc: "networks of one's own, under the names of the model's",
  },
  seed: { rule: rules.integer(), default: 0, doc: "seed of the initial weights" },
  ...computeOptions,
} satisfies OptionTable<SequenceVaeOptions>;

/** A VAE of sequences: codes are mean latents `[n, latent]`, examples int32 tokens `[n, length]`. */
export interface SequenceVae extends LatentModel<NdArray, BoundFigure, NdArray<Int32Array>> {
  /** Texts to tokens and back. */
  readonly tokenizer: Tokenizer;
  /** How its decoder goes from token to token, for searches. */
  readonly cell: Cell;
}

/**
 * A VAE of sequences of tokens: the decoder says each token given the latents and the tokens before it,
 *
 * `loss = - sum_t log p(x_t | x_<t, z) + beta KL(q(z|x) || N(0, I))`, in nats per sequence, over its tokens and its end.
 *
 * In training the tokens before are those of the example (teacher forcing), each dropped with the probability `wordDropout`. `decode`,
 * `sample`, `reconstruct` and `interpolate` choose the most likely token at each position, with `draw: true` they draw it; `beamSearch` and
 * `sampleSequences` are other ways. Source: Bowman et al., "Generating sentences from a continuous space" (2016), arXiv:1511.06349.
 *
 * @throws TypeError or RangeError when an option is unknown or out of range
 */
export function sequenceVae(options: SequenceVaeOptions): SequenceVae {
  const fn = "sequenceVae";
  const checked = readOptions(fn, sequenceVaeTable, options);
  const { vocabulary, length, latent, decoder, encoderUnits, wordDropout, beta, seed } = checked;
  assertVocabulary(fn, vocabulary);
  const classes = vocabulary.length + 1;
  const latents = reparameterized({ size: latent, posterior: gaussian });
  const [features] = latents.features;
  const cell = makeCell(fn, decoder, { classes, latent });
  const wanted = { ...gruEncoder({ classes, units: encoderUnits, features }), ...cell.networks };
  if (checked.network !== undefined) assertNetworks(fn, wanted, checked.network);
  const model = createModel<NdArray, BoundFigure, NdArray<Int32Array>>({
    kind: "sequence-vae",
    options: {
      vocabulary: [...vocabulary],
      length,
      latent,
      decoder: decoderJson(decoder),
      encoderUnits,
      wordDropout,
      beta: beta.toJSON(),
      seed,
    },
    example: { x: tokensLikelihood(length, classes) },
    latents,
    networks: checked.network ?? makeNetworks(wanted, seed),
    objective: withWordDropout(elbo({ weights: { rate: beta } }), length, wordDropout),
    ...passes(cell, { classes, length, wordDropout }),
    seed,
    compute: computeOf(options),
  });
  return Object.assign(model, { tokenizer: tokenizer(vocabulary, length), cell });
}

/** The noise that drops tokens belongs to the objective: it is there in training only. */
const withWordDropout = (
  objective: ReturnType<typeof elbo>,
  length: number,
  wordDropout: number,
): ReturnType<typeof elbo> =>
  wordDropout === 0
    ? objective
    : { ...objective, noise: { keep: { kind: "uniform", shape: [length] } } };

interface PassOptions {
  readonly classes: number;
  readonly length: number;
  readonly wordDropout: number;
}

/** How tokens become latents, and latents logits. */
function passes(
  cell: Cell,
  { classes, length, wordDropout }: PassOptions,
): Required<Pick<ModelDefinition, "infer" | "generate">> {
  const applyOf =
    (model: Operations, context: StepContext): Apply =>
    (network, x) =>
      model.apply(network, x, { context });
  return {
    infer(model, { x }, context) {
      const tokens = tf.cast(x, "int32");
      const oneHot = tf.oneHot(tokens, classes, 1, 0, "float32");
      const features = encodeTokens(applyOf(model, context), tokens, oneHot);
      return { z: model.infer("z", features, context) };
    },
    // eslint-disable-next-line max-params -- the signature is core's
    generate(model, { z }, context, batch) {
      const apply = applyOf(model, context);
      if (batch === undefined) {
        const noise = context.noise["draw/x"];
        return chosenLogits(cell, apply, { z, classes, length, noise });
      }
      const tokens = tf.cast(batch["x"], "int32");
      const kept = context.training ? keptTokens(context, wordDropout, tokens.shape) : undefined;
      return taughtLogits(cell, apply, { z, classes, taught: { tokens, kept } });
    },
  };
}

/** Which tokens are told, `[N, T]`, the same for all draws of an example. */
function keptTokens(
  context: StepContext,
  wordDropout: number,
  [rows, length]: number[],
): tf.Tensor | undefined {
  if (wordDropout === 0) return undefined;
  const { keep } = scopeContext(context, "objective").noise; // [B, T]
  const kept = tf.cast(tf.greaterEqual(keep, wordDropout), "float32");
  const times = rows / keep.shape[0];
  return times === 1 ? kept : tf.reshape(tf.tile(kept, [times, 1]), [rows, length]);
}

/** What core's loader needs to know of VAEs of sequences. */
export const sequenceVaeKind: ModelKind<SequenceVae> = {
  kind: "sequence-vae",
  build: ({ beta, ...options }, network) =>
    sequenceVae({
      ...(options as unknown as SequenceVaeOptions),
      beta: scheduleFromJson(beta),
      network: network,
    }),
};

registerModel(sequenceVaeKind);

/**
 * Loads a VAE of sequences that `model.save(directory)` wrote.
 *
 * @throws Error when the directory holds no such model, or something malformed
 */
export function loadSequenceVae(directory: string, options?: LoadOptions): Promise<SequenceVae> {
  return loadModel(directory, sequenceVaeKind, options);
}
