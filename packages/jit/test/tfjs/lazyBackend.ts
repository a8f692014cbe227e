/**
 * A TF.js backend that records every kernel and, when a tensor is read, compiles what the tensor needs and runs it.
 *
 * It puts the whole compiler (kernels, rewrites, planner, engine) behind TF.js's own tests. Nothing is kept between reads
 * but what was recorded, so it is slow where a test reads often.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { Graph, Value } from "../../src/graph/value.ts";
import type { Kernel, TensorInfo } from "../../src/trace/kernel.ts";
import { kernels } from "../../src/trace/kernels/index.ts";
import {
  constantOf,
  dtypeOf,
  Recorder,
  registerKernels,
  tensorInfo,
} from "../../src/trace/recorder.ts";
import type { TypedArray } from "../../src/types.ts";
import { runGraph } from "./runGraph.ts";

/** The name of the backend. */
export const backendName = "elbo-lazy";

/** Names of all kernels that the compiler covers. */
export const coveredKernels: readonly string[] = Object.keys(kernels).sort();

/** Kernels that ran since the set was last emptied. */
export const usedKernels = new Set<string>();

class LazyBackend extends Recorder {
  readonly #live = new Map<object, Value>();
  readonly #results = new WeakMap<object, TypedArray>();

  constructor() {
    super();
    this.begin(() => {
      throw new Error("internal: data of another backend");
    });
  }

  override handle(value: Value): TensorInfo {
    const info = super.handle(value);
    this.#live.set(info.dataId, value);
    return info;
  }

  /** Unlike the recorder's: random numbers become constants, the tests compute with them. */
  override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): object {
    return this.handle(constantOf(values, shape, dtypeOf(dtype))).dataId;
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: false };
  }

  override disposeData(dataId: object, force = false): boolean {
    const gone = super.disposeData(dataId, force);
    if (gone) this.#live.delete(dataId);
    return gone;
  }

  /** Tensors with the same value count once: TF.js takes a kernel that returns its input for a leak otherwise. */
  override numDataIds(): number {
    return new Set(this.#live.values()).size;
  }

  override async read(dataId?: object): Promise<tf.BackendValues> {
    const id = dataId as object;
    const known = this.#results.get(id);
    if (known) return known;
    const info = tensorInfo(id);
    if (!info) throw new Error("internal: read of a tensor that is gone");
    const value = this.valueBehind({ dataId: id, shape: info.shape, dtype: info.dtype });
    const result = await compute(value);
    this.#results.set(id, result);
    return result;
  }
}

async function compute(value: Value): Promise<TypedArray> {
  const data = value.node.data;
  if (data) return data.slice();
  const recorded: Graph = { feeds: [], state: [], updates: [], outputs: [{ name: "y", value }] };
  const { y } = await runGraph(recorded);
  return y.data;
}

tf.registerBackend(backendName, () => new LazyBackend());

const watched = Object.entries(kernels).map(([name, kernel]): [string, Kernel] => [
  name,
  (call) => {
    usedKernels.add(name);
    return kernel(call);
  },
]);
registerKernels(Object.fromEntries(watched), backendName);
