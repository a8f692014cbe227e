/**
 * A TF.js backend that only stores.
 *
 * TF.js makes no tensor, hence no layer and no variable, without a backend, and the real ones weigh tens of megabytes
 * that a compiled function never uses. This one has the lowest priority: any other backend that is installed wins.
 */
import * as tf from "@tensorflow/tfjs-core";
import { kernels } from "../trace/kernels/index.ts";

/** The name under which TF.js knows the storing backend. */
export const storageName = "elbo-storage";

interface Stored {
  values: tf.BackendValues;
  dtype: tf.DataType;
  references: number;
}

class Storage extends tf.KernelBackend {
  readonly #data = new tf.DataStorage<Stored>(this, tf.engine());

  override write(values: tf.BackendValues, _shape: number[], dtype: tf.DataType): object {
    const dataId = {};
    this.#data.set(dataId, { values, dtype, references: 1 });
    return dataId;
  }

  // eslint-disable-next-line max-params -- the signature is TF.js's
  override move(
    dataId: object,
    values: tf.BackendValues,
    _shape: number[],
    dtype: tf.DataType,
    references: number,
  ): void {
    this.#data.set(dataId, { values, dtype, references });
  }

  override readSync(dataId: object): tf.BackendValues {
    const { values, dtype } = this.#data.get(dataId);
    return tf.util.convertBackendValuesAndArrayBuffer(values, dtype);
  }

  override read(dataId: object): Promise<tf.BackendValues> {
    return Promise.resolve(this.readSync(dataId));
  }

  override incRef(dataId: object): void {
    this.#data.get(dataId).references++;
  }

  override refCount(dataId: object): number {
    return this.#data.has(dataId) ? this.#data.get(dataId).references : 0;
  }

  override disposeData(dataId: object, force = false): boolean {
    if (!this.#data.has(dataId)) return true;
    const stored = this.#data.get(dataId);
    stored.references--;
    if (!force && stored.references > 0) return false;
    this.#data.delete(dataId);
    return true;
  }

  override numDataIds(): number {
    return this.#data.numDataIds();
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: false };
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
    // The engine forgets the backend, and with it the data.
  }
}

type StorageKernel = (call: {
  readonly inputs: Readonly<Record<string, tf.TensorInfo>>;
  readonly attributes: tf.NamedAttrMap;
  readonly backend: Storage;
}) => tf.TensorInfo;

/** The same data under another shape. */
function alias(x: tf.TensorInfo, shape: number[], backend: Storage): tf.TensorInfo {
  backend.incRef(x.dataId);
  return { dataId: x.dataId, shape, dtype: x.dtype };
}

function filled(value: number, like: Omit<tf.TensorInfo, "dataId">, to: Storage): tf.TensorInfo {
  const { shape, dtype } = like;
  const size = tf.util.sizeFromShape(shape);
  const values = tf.util.getTypedArrayFromDType(dtype as "float32", size);
  return { shape, dtype, dataId: to.write(values.fill(value), shape, dtype) };
}

const cast: StorageKernel = ({ inputs: { x }, attributes, backend }) => {
  const dtype = attributes.dtype as tf.NumericDataType;
  if (dtype === x.dtype) return alias(x, x.shape, backend);
  const source = backend.readSync(x.dataId) as tf.TypedArray;
  const values = tf.util.getTypedArrayFromDType(dtype, source.length);
  if (dtype === "bool") source.forEach((value, i) => (values[i] = Number(value !== 0)));
  else values.set(source);
  return { shape: x.shape, dtype, dataId: backend.write(values, x.shape, dtype) };
};

/** Initial values of layers are now and then a number times an array. */
const scale: StorageKernel = ({ inputs: { a, b }, backend }) => {
  const sizes = [a, b].map(({ shape }) => tf.util.sizeFromShape(shape));
  if (sizes[0] !== 1 && sizes[1] !== 1) throw noBackend("Multiply");
  const [number, array] = sizes[0] === 1 ? [a, b] : [b, a];
  const factor = (backend.readSync(number.dataId) as tf.TypedArray)[0];
  const values = (backend.readSync(array.dataId) as tf.TypedArray).map((value) => value * factor);
  const { shape, dtype } = array;
  return { shape, dtype, dataId: backend.write(values, shape, dtype) };
};

/** What it takes to make variables and layers. */
const storageKernels: Readonly<Record<string, StorageKernel>> = {
  Cast: cast,
  Fill: ({ attributes, backend }) => {
    const { value, shape, dtype = "float32" } = attributes;
    const like = { shape: shape as number[], dtype: dtype as tf.DataType };
    return filled(value as number, like, backend);
  },
  Identity: ({ inputs: { x }, backend }) => alias(x, x.shape, backend),
  Multiply: scale,
  OnesLike: ({ inputs: { x }, backend }) => filled(1, x, backend),
  Reshape: ({ inputs: { x }, attributes, backend }) =>
    alias(
      x,
      tf.util.inferFromImplicitShape(attributes.shape as number[], tf.util.sizeFromShape(x.shape)),
      backend,
    ),
  ZerosLike: ({ inputs: { x }, backend }) => filled(0, x, backend),
};

function noBackend(kernel: string): Error {
  return new Error(
    `tf: operations outside of a compiled function need a backend of TF.js, got ${kernel} on none; ` +
      "compute inside a function given to jit, or install @tensorflow/tfjs-backend-cpu and import it first",
  );
}

/**
 * Lets tensors, variables and layers be made where no backend of TF.js is installed.
 *
 * Every other operation on them outside of a compiled function is refused in a sentence.
 */
export function registerStorage(): void {
  if (tf.findBackendFactory(storageName)) return;
  tf.registerBackend(storageName, () => new Storage(), 0);
  addMethods();
  for (const kernelName of new Set([...Object.keys(kernels), ...Object.keys(storageKernels)])) {
    const kernel: StorageKernel | undefined = storageKernels[kernelName];
    tf.registerKernel({
      kernelName,
      backendName: storageName,
      kernelFunc: ({ inputs, attrs = {}, backend }) => {
        if (!kernel) throw noBackend(kernelName);
        return kernel({
          inputs: inputs as Record<string, tf.TensorInfo>,
          attributes: attrs,
          backend: backend as Storage,
        });
      },
    });
  }
}

/** Methods of tensors that tfjs-layers calls (in its orthogonal initializer) and that only the whole of TF.js has. */
function addMethods(): void {
  const methods = tf.Tensor.prototype as unknown as Record<string, unknown>;
  methods.flatten ??= function (this: tf.Tensor) {
    return tf.reshape(this, [-1]);
  };
  methods.reshape ??= function (this: tf.Tensor, shape: number[]) {
    return tf.reshape(this, shape);
  };
  methods.sign ??= function (this: tf.Tensor) {
    return tf.sign(this);
  };
  methods.stridedSlice ??= function (this: tf.Tensor, ...range: [number[], number[], number[]]) {
    return tf.stridedSlice(this, ...range);
  };
  methods.transpose ??= function (this: tf.Tensor, perm?: number[]) {
    return tf.transpose(this, perm);
  };
}

/**
 * Makes sure that TF.js can compute, not only store.
 *
 * @param load imports TF.js's backend in JavaScript where none is registered
 * @throws Error when there is none to be had
 */
export async function requireBackend(load: () => Promise<unknown>): Promise<void> {
  await tf.ready();
  if (tf.getBackend() !== storageName) return;
  const real = (): string | undefined =>
    ["tensorflow", "webgpu", "webgl", "wasm", "cpu"].find((name) => tf.findBackendFactory(name));
  if (real() === undefined) {
    try {
      await load();
    } catch (error) {
      throw new Error(
        "operations one by one need a backend of TF.js, got none; npm i @tensorflow/tfjs-backend-cpu, or import another first",
        { cause: error },
      );
    }
  }
  await tf.setBackend(real() ?? storageName);
}
