import * as tf from "@tensorflow/tfjs-core";
import { arrayFor } from "../graph/operations/leaves.ts";
import { checkInto, handOver, type OutputType } from "./into.ts";
import { checkOutputs } from "../trace/outputs.ts";
import type { CallOptions, NdArray, TypedArray } from "../types.ts";
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
    async run(feeds, options, turn) {
      await turn.alone();
      const shared = request.state.filter(hasSlot);
      for (const variable of shared) await pullVariable(variable);
      const results = runOrRestore(request, feeds, options);
      for (const variable of shared) await pushVariable(variable);
      try {
        const arrays: Record<string, NdArray> = {};
        for (const result of results) {
          const [name, tensor] = result;
          const { dtype, shape } = typeOf(result);
          // TF.js may give the memory of a variable, or bytes for float32 that was cast from bool.
          const data = arrayFor(dtype, await tensor.data());
          arrays[name] = handOver(name, { data, shape }, options.into);
        }
        return arrays;
      } finally {
        tf.dispose(results.map(([, tensor]) => tensor));
      }
    },
    dispose() {
      // Nothing is held.
    },
  };
}

type Result = readonly [name: string, tensor: tf.Tensor];

const typeOf = ([name, { shape, dtype }]: Result): OutputType => ({
  name,
  shape,
  dtype: dtype as OutputType["dtype"],
});

/**
 * Runs the function; when that fails, or what it gives is not what the call asks for, which shows only then, the state is
 * what it was before.
 */
function runOrRestore(
  request: ProgramRequest,
  feeds: Readonly<Record<string, TypedArray>>,
  options: CallOptions,
): Result[] {
  const before = request.state.map((variable) => variable.clone()); // shares the values
  try {
    return runFunction(request, feeds, options);
  } catch (error) {
    request.state.forEach((variable, i) => {
      variable.assign(before[i]);
    });
    throw error;
  } finally {
    tf.dispose(before);
  }
}

function runFunction(
  request: ProgramRequest,
  feeds: Readonly<Record<string, TypedArray>>,
  { outputs: wanted, into }: CallOptions,
): Result[] {
  let results: Result[] = [];
  tf.tidy(() => {
    const inputs: Record<string, tf.Tensor> = {};
    for (const { name, shape, dtype } of request.feeds) {
      inputs[name] = tf.tensor(feeds[name].slice(), [...shape], dtype);
    }
    const outputs = checkOutputs(request.fn(inputs));
    results = (wanted ?? Object.keys(outputs)).map((name) => {
      const tensor = outputs[name];
      if (!tensor) throw unknownOutput(name, Object.keys(outputs));
      return [name, tensor.clone()];
    });
    if (into) checkInto("jit", { into, feeds, outputs: results.map(typeOf) });
    for (const [, tensor] of results) tf.keep(tensor);
  });
  return results;
}
