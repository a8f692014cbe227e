import * as tf from "@tensorflow/tfjs-core";
import { expect, expectTypeOf, test } from "vitest";
import { jit } from "../src/index.ts";

const feeds = { x: { shape: [null, 2] } } as const;

test("a traced function gets the feeds that were declared, so indexing needs no check", async () => {
  const twice = jit(
    (given) => {
      expectTypeOf(given).toEqualTypeOf<Record<"x", tf.Tensor>>();
      return { y: tf.mul(given.x, 2) };
    },
    { feeds, engine: "eager" },
  );
  const { y } = await twice({ x: Float32Array.of(1, 2) });
  expect(y.data).toEqual(Float32Array.of(2, 4));
});

test("a traced function that reads another feed does not compile", async () => {
  const wrong = jit(
    // @ts-expect-error -- z is no feed
    ({ z }) => ({ y: tf.mul(z as tf.Tensor, 2) }),
    { feeds, engine: "eager" },
  );
  await expect(wrong({ x: Float32Array.of(1, 2) })).rejects.toThrow();
});
