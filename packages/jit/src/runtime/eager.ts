import * as tf from "@tensorflow/tfjs-core";
import { arrayFor } from "../graph/operations/leaves.ts";
import { checkInto, handOver, type OutputType } from "./into.ts";
import { checkOutputs } from "../trace/outputs.ts";
import type { NdArray, TypedArray } from "../types.ts";
import { unknownOutput, type Engine, type Program, type ProgramRequest } from "./engine.ts";
import { loadTfjsCpu } from "#platform";
import { quietTensorflow } from "./quiet.ts";
import { hasSlot, pullVariable, pushVariable } from "./state.ts";
import { requireBackend } from "./storage.ts";

/**
 * The function as it is, on whatever TF.js backend is active.
 *
 * @throws Error when there is none and TF.js's own in JavaScript is not installed
 */
export async function eagerEngine(): Promise<Engine> {
  await requireBackend(loadTfjsCpu);
  quietTensorflow();
  return {
    name: "eager",
    device: tf.getBackend() === "webgpu" ? "webgpu" : "cpu",
    instructionSet: tf.getBackend(),
    threads: 1,
    prepare: (request) => Promise.resolve(eagerProgram(request)),
  };
}

function eagerProgram(request: ProgramRequest): Program {
  return {
    async run(feeds, { outputs, into }) {
      const shared = request.state.filter(hasSlot);
      for (const variable of shared) await pullVariable(variable);
      const results = runFunction(request, feeds, outputs);
      for (const variable of shared) await pushVariable(variable);
      try {
        if (into) checkInto("jit", { into, feeds, outputs: results.map(typeOf) });
        const arrays: Record<string, NdArray> = {};
        for (const result of results) {
          const [name, tensor] = result;
          const { dtype, shape } = typeOf(result);
          // TF.js may give the memory of a variable, or bytes for float32 that was cast from bool.
          const data = arrayFor(dtype, await tensor.data());
          arrays[name] = handOver(name, { data, shape }, into);
        }
        return arrays;
      } finally {
        for (const [, tensor] of results) tensor.dispose();
      }
    },
    dispose() {
      // Nothing is held.
    },
  };
}

const typeOf = ([name, { shape, dtype }]: readonly [string, tf.Tensor]): OutputType => ({
  name,
  shape,
  dtype: dtype as OutputType["dtype"],
});

function runFunction(
  request: ProgramRequest,
  feeds: Readonly<Record<string, TypedArray>>,
  wanted: readonly string[] | undefined,
): (readonly [string, tf.Tensor])[] {
  let results: (readonly [string, tf.Tensor])[] = [];
  tf.tidy(() => {
    const inputs: Record<string, tf.Tensor> = {};
    for (const { name, shape, dtype } of request.feeds) {
      inputs[name] = tf.tensor(feeds[name].slice(), [...shape], dtype);
    }
    const outputs = checkOutputs(request.fn(inputs));
    results = (wanted ?? Object.keys(outputs)).map((name) => {
      const tensor = outputs[name];
      if (!tensor) throw unknownOutput(name, Object.keys(outputs));
      return [name, tf.keep(tensor.clone())];
    });
  });
  return results;
}
