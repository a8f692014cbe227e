/**
 * The recording backend: TF.js runs a function on it, gradients and optimizer included, and instead of computing,
 * every kernel adds operations to a graph. A tensor on this backend is only a handle on a graph value.
 */
import * as tf from "@tensorflow/tfjs-core";
import { arrayFor, constant, scalar } from "../graph/operations/leaves.ts";
import { expand, reshape } from "../graph/operations/reshape.ts";
import { sizeOf } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import type { DType, TypedArray } from "../types.ts";
import type { Kernel, KernelTable, TensorInfo } from "./kernel.ts";
import { kernels } from "./kernels/index.ts";

/** The name under which TF.js knows the recording backend. */
export const recorderName = "elbo-trace";

type DataId = object;

const randomOperations =
  /^(randomNormal|randomUniform|randomUniformInt|randomStandardNormal|randomGamma|truncatedNormal|rand|dropout|multinomial)__op$/;

/** A TF.js backend that records. */
export class Recorder extends tf.KernelBackend {
  readonly #values = new Map<DataId, Value>();
  readonly #references = new Map<DataId, number>();
  #capture: ((dataId: DataId) => Value) | undefined;

  /** Begins a trace; `capture` turns data of another backend into a value. */
  begin(capture: (dataId: DataId) => Value): void {
    this.#values.clear();
    this.#references.clear();
    this.#capture = capture;
  }

  /** Ends the trace and forgets its values. */
  end(): void {
    this.#values.clear();
    this.#references.clear();
    this.#capture = undefined;
  }

  /** Makes a handle on a value. */
  handle(value: Value): TensorInfo {
    const dataId = {};
    this.#values.set(dataId, value);
    this.#references.set(dataId, 1);
    return { dataId, shape: [...value.shape], dtype: value.dtype };
  }

  /** The value behind a tensor; the shape is the tensor's, since TF.js reshapes without telling. */
  valueBehind(tensor: TensorInfo): Value {
    const known = this.#values.get(tensor.dataId);
    if (known) return reshape(known, tensor.shape);
    if (!this.#capture) throw new Error("internal: a tensor outlived its trace");
    const value = this.#capture(tensor.dataId);
    this.#values.set(tensor.dataId, value);
    return reshape(value, tensor.shape);
  }

  /** Whether a tensor's data belongs to this trace. */
  owns(dataId: DataId): boolean {
    return this.#values.has(dataId);
  }

  override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): DataId {
    refuseRandom();
    return this.handle(constantOf(values, shape, dtypeOf(dtype))).dataId;
  }

  // eslint-disable-next-line max-params -- the signature is TF.js's
  override move(
    dataId: DataId,
    values: tf.BackendValues,
    shape: number[],
    dtype: tf.DataType,
  ): void {
    this.#values.set(dataId, constantOf(values, shape, dtypeOf(dtype)));
    this.#references.set(dataId, 1);
  }

  override readSync(): tf.BackendValues {
    throw new Error(readRefusal);
  }

  override read(): Promise<tf.BackendValues> {
    throw new Error(readRefusal);
  }

  override incRef(dataId: DataId): void {
    const count = this.#references.get(dataId);
    if (count !== undefined) this.#references.set(dataId, count + 1);
    else tensorInfo(dataId)?.backend.incRef(dataId);
  }

  decRef(dataId: DataId): void {
    this.#references.set(dataId, this.refCount(dataId) - 1);
  }

  override refCount(dataId: DataId): number {
    return this.#references.get(dataId) ?? 0;
  }

  override disposeData(dataId: DataId, force = false): boolean {
    this.decRef(dataId);
    return force || this.refCount(dataId) <= 0;
  }

  override numDataIds(): number {
    return this.#values.size;
  }

  override timerAvailable(): boolean {
    return false;
  }

  override floatPrecision(): 16 | 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override dispose(): void {
    this.end();
  }
}

const readRefusal =
  "jit: a traced function must not read a tensor's value (data, dataSync, array, print), got a read while tracing; " +
  "compute with tensor operations such as tf.where, or pass the value in as a feed";

function refuseRandom(): void {
  const scope = tf
    .engine()
    .state.scopeStack.map((s: { name: string }) => s.name)
    .find((name: string) => randomOperations.test(name));
  if (scope === undefined) return;
  throw new Error(
    `jit: a traced function must not draw random numbers, which would become constants, got tf.${scope.replace("__op", "")}; ` +
      "draw them outside and pass them in as a feed; a layer that draws its weights must be built before",
  );
}

/** What TF.js knows of a data id. */
export function tensorInfo(
  dataId: DataId,
): { backend: tf.KernelBackend; dtype: tf.DataType; shape: number[] } | undefined {
  return tf.engine().state.tensorInfo.get(dataId);
}

/**
 * The type of a tensor's elements.
 *
 * @throws TypeError for strings and complex numbers
 */
export function dtypeOf(dtype: tf.DataType): DType {
  if (dtype === "float32" || dtype === "int32" || dtype === "bool") return dtype;
  throw new TypeError(`jit: a tensor must be float32, int32 or bool, got ${dtype}`);
}

/** A constant; one that repeats a single number becomes a broadcast scalar, which rules can see through. */
export function constantOf(
  values: tf.BackendValues,
  shape: readonly number[],
  dtype: DType,
): Value {
  const size = sizeOf(shape);
  const data = values as TypedArray;
  const first = data[0];
  if (size > 1 && first !== undefined && data.every((v) => Object.is(v, first))) {
    return expand(scalar(first, dtype), shape);
  }
  return constant(arrayFor(dtype, data), shape, dtype);
}

/** Registers kernels under the name of a backend that is a {@link Recorder}. */
export function registerKernels(table: KernelTable, backendName: string): void {
  for (const [name, kernel] of Object.entries(table)) register(name, kernel, backendName);
}

function register(name: string, kernel: Kernel, backendName: string): void {
  tf.registerKernel({
    kernelName: name,
    backendName,
    kernelFunc: ({ inputs, attrs, backend }) => {
      const recorder = backend as Recorder;
      const named = inputs as Record<string, TensorInfo | undefined>;
      const optional = (key: string): Value | undefined => {
        const tensor = named[key];
        return tensor ? recorder.valueBehind(tensor) : undefined;
      };
      const result = kernel({
        name,
        optional,
        input: (key) => {
          const value = optional(key);
          if (!value) throw new Error(`internal: kernel ${name} has no input ${key}`);
          return value;
        },
        get inputs() {
          return Object.values(named).flatMap((t) => (t ? [recorder.valueBehind(t)] : []));
        },
        attributes: attrs ?? {},
      });
      return Array.isArray(result)
        ? (result as readonly Value[]).map((value) => recorder.handle(value))
        : recorder.handle(result as Value);
    },
  });
}

let shared: Recorder | undefined;

/** The recording backend, registered with TF.js on first use. */
export function getRecorder(): Recorder {
  if (shared) return shared;
  const recorder = new Recorder();
  tf.registerBackend(recorderName, () => recorder, 0);
  registerKernels(kernels, recorderName);
  shared = recorder;
  return recorder;
}
