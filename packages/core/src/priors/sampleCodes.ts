/**
 * Drawing codes one after the other: one compiled step, called once per position. The position, the noise and the
 * temperature are feeds, so one program serves all of them; rows are cut into blocks of a fixed size, and the noise of a
 * row depends on the seed and the row alone, so a row is the same whatever the count.
 *
 * `argmax(logits / temperature + Gumbel noise)` is a draw from `softmax(logits / temperature)` (Gumbel 1954).
 */
import * as tf from "@tensorflow/tfjs-core";
import type { CompiledFunction, NdArray } from "@elbo/jit";
import { assertInteger, assertNumber } from "@elbo/common";
import { Random } from "../random/random.ts";
import { programOver, programsOf } from "../runner/program.ts";
import type { Program } from "../runner/program.ts";
import { scalarValues } from "../runner/feeds.ts";
import { sizeOf } from "../shape.ts";
import type { CodePrior, PriorSampleOptions } from "./prior.ts";

/** Rows that are drawn at a time. */
const block = 64;

/** One position of `codes` `[B, T]` is drawn, given those before it. */
function drawProgram(prior: CodePrior): Program {
  const { codebookSize, positions } = prior;
  const length = sizeOf(positions);
  const feeds = {
    codes: { shape: [null, length], dtype: "int32" as const },
    gumbel: { shape: [null, codebookSize] },
    position: { shape: [], dtype: "int32" as const },
    inverseTemperature: { shape: [] },
  };
  return programOver(prior, { columns: {}, noise: {}, feeds }, (_batch, context, given) => {
    const logits = prior.logits(given["codes"], context); // [B, T, K]
    const at = tf.gather(logits, given["position"], 1); // [B, K]
    const noisy = tf.add(tf.mul(at, given["inverseTemperature"]), given["gumbel"]);
    return { drawn: tf.argMax(noisy, 1) }; // [B]
  });
}

/**
 * Draws codes from a prior.
 *
 * @param count number of examples
 * @returns int32 `[count, ...positions]`
 * @throws TypeError or RangeError for a count, seed or temperature that makes no sense
 */
export async function sampleCodes(
  prior: CodePrior,
  count: number,
  options: PriorSampleOptions = {},
): Promise<NdArray<Int32Array>> {
  const fn = "sample";
  const { seed = 0, temperature = 1, ...compute } = options;
  assertInteger({ fn, name: "count" }, count, { min: 1 });
  assertInteger({ fn, name: "seed" }, seed);
  assertNumber({ fn, name: "temperature" }, temperature, { above: 0 });
  const length = sizeOf(prior.positions);
  const program = programsOf(prior).get("draw", () => drawProgram(prior), {
    ...prior.compute,
    ...compute,
  });
  const data = new Int32Array(count * length);
  const random = new Random(seed).fork("codes");
  for (let start = 0; start < count; start += block) {
    const rows = await drawBlock({ prior, program, random, temperature }, start);
    data.set(rows.subarray(0, Math.min(block, count - start) * length), start * length);
  }
  return { data, shape: [count, ...prior.positions] };
}

interface Drawing {
  readonly prior: CodePrior;
  readonly program: CompiledFunction;
  readonly random: Random;
  readonly temperature: number;
}

/** A whole block of rows, `[block, T]`. */
async function drawBlock(
  { prior, program, random, temperature }: Drawing,
  start: number,
): Promise<Int32Array> {
  const { codebookSize, positions } = prior;
  const length = sizeOf(positions);
  const codes = new Int32Array(block * length);
  const gumbel = new Float32Array(block * codebookSize);
  const streams = Array.from({ length: block }, (_, row) => random.fork(start + row));
  const scalars = scalarValues(prior.schedules ?? {}, prior.step ?? 0);
  for (let position = 0; position < length; position++) {
    streams.forEach((stream, row) => {
      stream.fillGumbelInto(gumbel.subarray(row * codebookSize, (row + 1) * codebookSize));
    });
    const feeds = { ...scalars, codes, gumbel, position, inverseTemperature: 1 / temperature };
    const { drawn } = await program(feeds);
    for (let row = 0; row < block; row++) codes[row * length + position] = drawn.data[row];
  }
  return codes;
}
