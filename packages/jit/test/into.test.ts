import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { engineNames, jit, type CompiledFunction, type EngineName } from "../src/index.ts";

/** Small and large results: one of them read again, twice and transposed, a feed and a constant. */
function results(engine: EngineName): CompiledFunction {
  return jit(
    ({ x }) => {
      const large = tf.add(tf.tile(x, [1, 100]), 1);
      return {
        large,
        again: tf.reshape(large, [-1]),
        turned: tf.transpose(large),
        sum: tf.sum(large, 1),
        given: x,
        constant: tf.ones([4]),
        flags: tf.greater(x, 0),
      };
    },
    { feeds: { x: { shape: [null, 200] } }, engine },
  );
}

const feed = (from: number) => Float32Array.from({ length: 400 }, (_, i) => from + i);

describe.each(engineNames)("%s", (engine) => {
  test("results go where the caller wants them, and are what they are without", async () => {
    const f = results(engine);
    const plain = await f({ x: feed(-100) });
    const into = {
      large: new Float32Array(40_000).fill(NaN),
      again: new Float32Array(80_000).subarray(40_000).fill(NaN),
      turned: new Float32Array(40_000),
      sum: new Float32Array(2),
      given: new Float32Array(400),
      constant: new Float32Array(4),
      flags: new Uint8Array(400),
    };
    const filled = await f({ x: feed(-100) }, { into });
    for (const [name, array] of Object.entries(into)) {
      expect(filled[name].data, name).toBe(array);
      expect(array, name).toEqual(plain[name].data);
      expect(filled[name].shape, name).toEqual(plain[name].shape);
    }
    f.dispose();
  });

  test("results without arrays of the caller's stay as they were when later calls run", async () => {
    const f = results(engine);
    const first = await f({ x: feed(0) });
    const copy = Object.values(first).map(({ data }) => data.slice());
    await f({ x: feed(7) }, { into: { sum: new Float32Array(2) } });
    await f({ x: feed(9) });
    expect(Object.values(first).map(({ data }) => data)).toEqual(copy);
    f.dispose();
  });

  test("results have the type of the output and are not the variable's memory", async () => {
    const w = tf.variable(tf.tensor1d([1, 2]));
    const f = jit(() => ({ w, cast: tf.cast(tf.greater(w, 1), "float32") }), {
      feeds: {},
      state: [w],
      engine,
    });
    const { w: value, cast } = await f({});
    expect(cast.data).toEqual(new Float32Array([0, 1]));
    value.data.fill(7);
    expect((await f({})).w.data).toEqual(new Float32Array([1, 2]));
    f.dispose();
    w.dispose();
  });

  test("a large result that is the new state, too, is the caller's own", async () => {
    const w = tf.variable(tf.zeros([20_000]));
    const f = jit(
      ({ x }) => {
        w.assign(tf.add(w, x));
        return { w, twice: tf.mul(w, 2) };
      },
      { feeds: { x: { shape: [20_000] } }, state: [w], engine },
    );
    const x = new Float32Array(20_000).fill(1);
    const first = await f({ x });
    const second = await f({ x }, { into: { twice: new Float32Array(20_000) } });
    const ends = [first.w, first.twice, second.w, second.twice].map(({ data }) => data[19_999]);
    expect(ends).toEqual([1, 2, 2, 4]);
    f.dispose();
    w.dispose();
  });

  test("arrays that do not fit are refused", async () => {
    const f = results(engine);
    const x = feed(0);
    const refused = (into: object, sentence: string, options: object = {}) =>
      expect(f({ x }, { ...options, into } as never)).rejects.toThrow(sentence);
    await refused(
      { sum: new Float32Array(3) },
      'jit: into["sum"] must be a Float32Array of 2 values ([2]), got Float32Array of length 3',
    );
    await refused({ flags: new Float32Array(400) }, 'into["flags"] must be a Uint8Array');
    await refused({ sum: [0, 0] }, "got [0, 0]");
    await refused({ other: new Float32Array(2) }, 'got "other"');
    await refused({ large: new Float32Array(40_000) }, "(sum)", { outputs: ["sum"] });
    await refused(
      { given: x },
      'jit: into["given"] must have memory of its own, got that of feed "x"',
    );
    const both = new Float32Array(41_000);
    await refused(
      { large: both.subarray(0, 40_000), given: both.subarray(39_999, 40_399) },
      'into["given"] must have memory of its own, got that of into["large"]',
    );
    f.dispose();
  });

  test("a call that is refused leaves the state as it was", async () => {
    const w = tf.variable(tf.zeros([2]));
    const f = jit(
      () => {
        w.assign(tf.add(w, 1));
        return { w, twice: tf.mul(w, 2) };
      },
      { feeds: {}, state: [w], engine },
    );
    const wrong = { into: { w: new Float32Array(3) } };
    await expect(f({}, wrong)).rejects.toThrow('into["w"] must be');
    await f({});
    const tensors = tf.memory().numTensors;
    await expect(f({}, wrong)).rejects.toThrow('into["w"] must be');
    await expect(f({}, { outputs: ["w", "other"] })).rejects.toThrow('got "other"');
    expect(tf.memory().numTensors).toBe(tensors);
    expect((await f({})).w.data).toEqual(Float32Array.of(2, 2));
    f.dispose();
    w.dispose();
  });
});
