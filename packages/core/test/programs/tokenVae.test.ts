import { evaluate, Random, train } from "@elbo/core";
import { expect, test } from "vitest";
import { tokenVae } from "./tokenVae.ts";

const length = 8;
const classes = 5;

/** Sequences that repeat one of two tokens, of 4 to 8 tokens; 0 is the padding. */
function sequences(count: number, seed: number): { data: Int32Array; shape: number[] } {
  const random = new Random(seed);
  const data = new Int32Array(count * length);
  for (let n = 0; n < count; n++) {
    const pair = [1 + random.integer(4), 1 + random.integer(4)];
    const end = 4 + random.integer(5);
    for (let t = 0; t < end; t++) data[n * length + t] = pair[t % 2];
  }
  return { data, shape: [count, length] };
}

test("a VAE of sequences beats the entropy of independent tokens, and padding costs nothing", async () => {
  const model = tokenVae({ length, classes, latent: 2, seed: 1 });
  const { report } = await train(model, sequences(1000, 1), {
    epochs: 15,
    seed: 1,
    validation: 0,
    progress: "silent",
  });
  expect(report?.engine).not.toBe("eager");
  const heldOut = sequences(200, 2);
  const { elbo } = await evaluate(model, heldOut, { samples: 4 });
  const tokens = heldOut.data.filter((token) => token > 0).length / 200;
  // Four equally frequent tokens: log 4 nats each.
  expect(-(elbo?.mean ?? NaN)).toBeLessThan(0.8 * tokens * Math.log(4));
  const padded = { data: new Int32Array(length), shape: [1, length] };
  const { distortion } = await model.score(padded);
  expect(distortion[0]).toBe(0);
});
