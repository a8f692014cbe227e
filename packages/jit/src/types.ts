import type * as tf from "@tensorflow/tfjs-core";

/** The element types that a compiled function computes with. */
export type DType = "float32" | "int32" | "bool";

/** Values in row-major order; `bool` is a `Uint8Array` of zeros and ones. */
export type TypedArray = Float32Array | Int32Array | Uint8Array;

/** Numbers with a shape: what goes into a compiled function and comes out of it. */
export interface NdArray<T extends TypedArray = TypedArray> {
  readonly data: T;
  readonly shape: readonly number[];
}

/** What a feed looks like; `null`, allowed as first dimension only, is the batch: the same for all feeds of a call. */
export interface FeedSpec {
  readonly shape: readonly (number | null)[];
  /** Default `"float32"`. */
  readonly dtype?: DType;
}

/** A value for a feed: an array with its shape, a tensor, a bare typed array (the batch is inferred from its length), or a number for a scalar. */
export type FeedValue = NdArray | tf.Tensor | TypedArray | number;

/**
 * What runs a compiled function: our kernels as a native library, in WebAssembly, or in the WebAssembly whose results have
 * the same bits on every machine (NaN aside, whose payload is not defined); ONNX Runtime; TF.js as it is.
 */
export const engineNames = ["native", "wasm", "portable", "onnx", "eager"] as const;

/** A name in {@link engineNames}. */
export type EngineName = (typeof engineNames)[number];

/** Where it runs. */
export type Device = "cpu" | "webgpu";

/** A pure function of its feeds and of declared state, written with TF.js operations. */
export type TracedFunction<F extends string = string> = (
  feeds: Record<F, tf.Tensor>,
) => Record<string, tf.Tensor>;

/** How a function is compiled. */
export interface JitOptions<F extends string = string> {
  readonly feeds: Readonly<Record<F, FeedSpec>>;
  /** Variables that the function reads or assigns; shared with other compiled functions by identity. */
  readonly state?: readonly tf.Variable[];
  /** Default `"auto"`: native, or wasm where the library does not load; on WebGPU onnx. */
  readonly engine?: EngineName | "auto";
  /** Default `"cpu"`. */
  readonly device?: Device;
  /** Default `"auto"`: as many as the engine can use here. Results of native, wasm and portable do not depend on it. */
  readonly threads?: number | "auto";
  /** Told once about a fallback of engines and about large captured constants. */
  readonly onMessage?: (message: string) => void;
}

/** Options of one call. */
export interface CallOptions {
  /** Names of the outputs to compute; the others cost nothing. Default: all. */
  readonly outputs?: readonly string[];
  /**
   * Arrays that take results, by output: of the output's type and length, not feeds of the same call, and nobody else's until
   * the promise resolves. A loop that gives the same arrays again spares fresh memory for each result, which can take as long as computing it.
   */
  readonly into?: Readonly<Record<string, TypedArray>>;
}

/** What was chosen when the function was first run. */
export interface EngineReport {
  readonly engine: EngineName;
  readonly device: Device;
  /** What the engine computes with, such as `avx2`. */
  readonly instructionSet: string;
  /** Threads of one step: fewer than asked for where the machine, or a policy, allows no more; 1 for `eager`. */
  readonly threads: number;
  /** Engines that come first under `auto` and why they were not taken. */
  readonly skipped: readonly { readonly engine: EngineName; readonly reason: string }[];
  /** Milliseconds spent on tracing and on making the program, summed over the compiled shapes. */
  readonly compileMs: number;
}

/** Options of {@link CompiledFunction.toOnnx}. */
export interface OnnxOptions {
  /** A fixed batch size, or `"free"` for a symbolic one. Default `"free"` when a feed has a batch. */
  readonly batch?: number | "free";
  /** Names of the variables, in the order of `state`: weights are called so, and nodes after them. Default: none. */
  readonly stateNames?: readonly string[];
  /** Texts by key that go into the file (`metadata_props`). */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** What one kernel call of a program took. */
export interface KernelTime {
  readonly kernel: string;
  readonly sizes: string;
  /** Milliseconds per run, on average since the measurement was switched on. */
  readonly ms: number;
  /** Floating-point operations of a product; 0 elsewhere. */
  readonly operations: number;
  /** Bytes of all that it reads and writes, each once. */
  readonly bytes: number;
}

/** Options of {@link CompiledFunction.toPlan}. */
export interface PlanOptions {
  /** The batch size of the program; needed when a feed has a batch. */
  readonly batch?: number;
  /** Names of the outputs to compute. Default: all. */
  readonly outputs?: readonly string[];
  /**
   * How the file keeps weights; they are computed with in float32. `"int8"`: matrices and kernels as multiples of `max |w| / 127` of each
   * channel (last axis), so that no weight is off by more than a 254th of its channel's largest. Default `"float32"`.
   */
  readonly weights?: "float32" | "float16" | "int8";
}

/** A compiled function: call it to run one step. */
export interface CompiledFunction {
  /**
   * Runs the function once and advances its state.
   *
   * Calls of all compiled functions run one after the other, in the order in which they were made; they need not be waited
   * for. A loop that makes the next call before it waits for the last spares the native engine the way to JavaScript and
   * back between any two. Feed arrays must not change until the promise resolves, so each call under way needs its own; the
   * arrays that come back belong to the caller. A call that fails does not stop those behind it.
   */
  (
    feeds: Readonly<Record<string, FeedValue>>,
    options?: CallOptions,
  ): Promise<Record<string, NdArray>>;
  /**
   * Writes the state that the runtime holds back into the `tf.Variable`s.
   *
   * @param variables those alone; default: all of the state
   */
  pull(variables?: readonly tf.Variable[]): Promise<void>;
  /**
   * Takes the state from the `tf.Variable`s; call it after changing a variable by hand.
   *
   * @param variables those alone; default: all of the state
   */
  push(variables?: readonly tf.Variable[]): Promise<void>;
  /** Frees programs and state; the state is not pulled. */
  dispose(): void;
  /** The graph as an ONNX model with the feeds as inputs and the outputs as outputs, the state as constants. */
  toOnnx(options?: OnnxOptions): Promise<Uint8Array>;
  /** The program as a file, with the state, that `loadPlan` of `@elbo/jit/run` runs without TensorFlow.js. */
  toPlan(options?: PlanOptions): Promise<Uint8Array>;
  /**
   * What the kernel calls of its programs take, in the order in which they run; the first call switches the measurement on
   * and gives none. Engines onnx and eager have none.
   */
  profile(): Promise<readonly KernelTime[]>;
  /** What was chosen; `undefined` before the first call. */
  readonly report: EngineReport | undefined;
}
