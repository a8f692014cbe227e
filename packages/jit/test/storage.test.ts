import { runModule } from "@elbo/test-utils";
import { expect, test } from "vitest";

const here = new URL(".", import.meta.url);

async function printed(code: string): Promise<string[]> {
  const { output, errors } = await runModule(code, here);
  expect(errors).toBe("");
  return output.trim().split("\n");
}

test("without a backend of TF.js, variables and layers are made, compiled functions run, other operations say what to do", async () => {
  const lines = await printed(`
    import * as tf from "@tensorflow/tfjs-core";
    import * as tfl from "@tensorflow/tfjs-layers";
    import { jit } from "../src/index.ts";
    const dense = tfl.layers.dense({ units: 2, inputShape: [3], kernelInitializer: "ones", biasInitializer: tfl.initializers.constant({ value: 0.5 }) });
    const model = tfl.sequential({ layers: [dense] });
    const whole = tf.cast(tf.tensor1d([0, 1.5, -2]), "int32");
    console.log(tf.getBackend(), await whole.data(), await tf.cast(whole, "bool").data(), tf.reshape(whole, [3, 1]).shape);
    const f = jit(({ x }) => ({ y: model.apply(x) }), { feeds: { x: { shape: [null, 3] } }, state: model.weights.map((w) => w.read()) });
    console.log((await f({ x: new Float32Array([1, 2, 3]) })).y.data);
    try { tf.add(1, 2); } catch (error) { console.log(error.message); }
    const eager = jit(({ x }) => ({ y: tf.exp(x) }), { feeds: { x: { shape: [] } }, engine: "eager" });
    console.log((await eager({ x: 0 })).y.data, tf.getBackend(), (await tf.add(1, 2).data())[0]);
    f.dispose();
  `);
  expect(lines).toEqual([
    "elbo-storage Int32Array(3) [ 0, 1, -2 ] Uint8Array(3) [ 0, 1, 1 ] [ 3, 1 ]",
    "Float32Array(2) [ 6.5, 6.5 ]",
    "tf: operations outside of a compiled function need a backend of TF.js, got Add on none; compute inside a function given to jit, or install @tensorflow/tfjs-backend-cpu and import it first",
    "Float32Array(1) [ 1 ] cpu 3",
  ]);
});

test("a backend that is imported wins, before or after jit", async () => {
  for (const order of [
    ["jit", "cpu"],
    ["cpu", "jit"],
  ]) {
    const sources = {
      jit: 'import "../src/index.ts";',
      cpu: 'import "@tensorflow/tfjs-backend-cpu";',
    };
    const lines = await printed(`
      ${order.map((name) => sources[name as "jit"]).join("\n")}
      import * as tf from "@tensorflow/tfjs-core";
      import { quietTensorflow } from "../src/index.ts";
      quietTensorflow();
      console.log((await tf.add(1, 2).data())[0], tf.getBackend());
    `);
    expect(lines).toEqual(["3 cpu"]);
  }
});
