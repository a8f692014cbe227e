import * as tf from "@tensorflow/tfjs-core";
// The bundle of tfjs-core for Node registers no gradients; the one of tfjs-layers registers all.
import "@tensorflow/tfjs-layers";
import { arrayFor, feed, state } from "../graph/operations/leaves.ts";
import { sizeOf } from "../graph/shape.ts";
import type { Graph, Value } from "../graph/value.ts";
import type { DType, TracedFunction } from "../types.ts";
import { checkOutputs } from "./outputs.ts";
import { constantOf, getRecorder, recorderName, tensorInfo, type Recorder } from "./recorder.ts";

/** What a trace needs to know. */
export interface TraceRequest {
  readonly fn: TracedFunction;
  readonly feeds: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly dtype: DType;
  }[];
  readonly state: readonly tf.Variable[];
  readonly onMessage?: ((message: string) => void) | undefined;
}

/** Captured constants above this many bytes are named in a message. */
const largeConstantBytes = 1 << 20;

/**
 * Runs a function once on the recording backend and returns what it did as a graph.
 *
 * TF.js's backend, tape, scopes and every variable are afterwards as they were, also when `fn` throws. The backend in
 * use must be initialized (`await tf.ready()`), since nothing here may wait.
 *
 * @throws Error when `fn` reads a value, draws random numbers, uses an uncovered kernel or an undeclared variable
 */
export function trace(request: TraceRequest): Graph {
  const recorder = getRecorder();
  const previous = tf.getBackend();
  request.state.forEach(ownMemory);
  const stateValues = request.state.map((variable, index) =>
    state(index, { shape: variable.shape, dtype: variable.dtype as DType }),
  );
  const bound = new Map<object, Value>();
  request.state.forEach((variable, i) => bound.set(variable.dataId, stateValues[i]));
  const known = new Set(allVariables());
  const restore = holdVariables();
  const feeds = request.feeds.map(({ name, ...type }) => ({ name, value: feed(name, type) }));
  recorder.begin((dataId) => bound.get(dataId) ?? capture(dataId, request.onMessage));
  void tf.setBackend(recorderName);
  try {
    let outputs: Graph["outputs"] = [];
    tf.tidy(() => {
      outputs = outputsOf(request.fn, feeds, recorder);
    });
    refuseMade(known);
    refuseForeignAssignments(request.state, recorder);
    const updates = request.state.flatMap((variable, i) => {
      const value = recorder.valueBehind(variable);
      return value === stateValues[i] ? [] : [{ state: i, value }];
    });
    return { feeds, state: stateValues, outputs, updates };
  } catch (error) {
    throw explain(error);
  } finally {
    // What the function made lives on the recorder and would be in the way of every later trace.
    for (const variable of allVariables()) if (!known.has(variable)) variable.dispose();
    void tf.setBackend(previous);
    restore();
    recorder.end();
  }
}

function outputsOf(
  fn: TracedFunction,
  feeds: Graph["feeds"],
  recorder: Recorder,
): Graph["outputs"] {
  const tensors: Record<string, tf.Tensor> = {};
  for (const { name, value } of feeds) {
    const { dataId, shape, dtype } = recorder.handle(value);
    tensors[name] = tf.engine().makeTensorFromDataId(dataId, shape, dtype, recorder);
  }
  return Object.entries(checkOutputs(fn(tensors))).map(([name, tensor]) => ({
    name,
    value: recorder.valueBehind(tensor),
  }));
}

/** Refuses variables that the function made while it was traced. */
function refuseMade(known: ReadonlySet<tf.Variable>): void {
  const made = allVariables().find((variable) => !known.has(variable));
  if (!made) return;
  throw new Error(
    `jit: variables must be made before the function is traced and be declared in options.state, got "${made.name}" made inside; ` +
      "build the layer before, make the optimizer's slots before, or write the update with tensor operations",
  );
}

/**
 * Gives a variable memory that nothing else refers to.
 *
 * TF.js shares memory between a variable and the tensor it was made from, and by that memory the recorder knows what is
 * state: a constant or another variable in the same place would be taken for it.
 */
function ownMemory(variable: tf.Variable): void {
  if ((tensorInfo(variable.dataId)?.backend.refCount(variable.dataId) ?? 1) <= 1) return;
  const copy = tf.tensor(
    arrayFor(variable.dtype as DType, variable.dataSync<"float32">()),
    variable.shape,
    variable.dtype,
  );
  variable.assign(copy);
  copy.dispose();
}

/** Keeps every variable's data alive and returns the way back. */
function holdVariables(): () => void {
  const held = allVariables().map((variable) => ({
    variable,
    dataId: variable.dataId,
    alias: tf.keep(variable.clone()),
  }));
  return () => {
    for (const { variable, dataId, alias } of held) {
      if (variable.dataId !== dataId) variable.assign(alias);
      alias.dispose();
    }
  };
}

function allVariables(): tf.Variable[] {
  return Object.values(tf.engine().state.registeredVariables);
}

function refuseForeignAssignments(declared: readonly tf.Variable[], recorder: Recorder): void {
  const known = new Set(declared);
  for (const variable of allVariables()) {
    if (!known.has(variable) && recorder.owns(variable.dataId)) throw undeclared(variable);
  }
}

function undeclared(variable: tf.Variable): Error {
  return new Error(
    `jit: every variable used must be declared in options.state, got "${variable.name}"; add it there, or clone its value outside to keep it as a constant`,
  );
}

/** Turns a tensor from outside into a constant. */
function capture(dataId: object, onMessage: TraceRequest["onMessage"]): Value {
  const variable = allVariables().find((v) => v.dataId === dataId);
  if (variable) throw undeclared(variable);
  const info = tensorInfo(dataId);
  if (!info) throw new Error("jit: a captured tensor must be alive, got one that was disposed");
  const bytes = sizeOf(info.shape) * 4;
  if (bytes > largeConstantBytes) {
    onMessage?.(
      `jit: a captured tensor of shape [${info.shape.join(", ")}] (${(bytes / 2 ** 20).toFixed(1)} MiB) becomes a constant of the program; pass it as a feed or declare it as state if it changes`,
    );
  }
  const values = info.backend.readSync(dataId);
  return constantOf(values, info.shape, info.dtype as DType);
}

function explain(error: unknown): unknown {
  const match =
    error instanceof Error ? /Kernel '(\w+)' not registered for backend/.exec(error.message) : null;
  if (!match) return error;
  return new Error(
    `jit: every operation used must be covered by the compiler, got kernel ${match[1] ?? ""}; use another operation, or engine: "eager"`,
    { cause: error },
  );
}
