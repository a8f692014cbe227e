import {
  computeOf,
  computeOptions,
  Random,
  readOptions,
  rules,
  type ComputeOptions,
  type NdArray,
  type OptionTable,
} from "@elbo/core";
import type { SequenceVae } from "./sequenceVae.ts";
import { endToken } from "./tokens.ts";
import { block, codesOf, searchOf, Walk } from "./walk.ts";

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
  const { count, length } = searchOf(fn, model, code);
  const random = new Random(seed).fork("sequences");
  const out = new Int32Array(count * length);
  for (let first = 0; first < count; first += block) {
    const indices = Array.from({ length: block }, (_, i) => Math.min(first + i, count - 1));
    const walk = await Walk.start(model, codesOf(code, indices), computeOf(options));
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
