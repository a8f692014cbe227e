/** The part of ONNX Runtime's JavaScript interface that both of its packages share and that programs use. */
import type { TypedArray } from "../types.ts";

/** A tensor of ONNX Runtime. */
export interface OrtTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: unknown;
  /** Copies the values from wherever they are; frees a device's buffer when asked. */
  getData(releaseData?: boolean): Promise<unknown>;
  dispose(): void;
}

/** A loaded model. */
export interface OrtSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(
    feeds: Readonly<Record<string, OrtTensor>>,
    fetches: Readonly<Record<string, OrtTensor | null>>,
  ): Promise<Readonly<Record<string, OrtTensor>>>;
  release(): Promise<void>;
}

/** Either package. */
export interface Ort {
  readonly env?: { readonly wasm: { numThreads?: number } };
  readonly Tensor: new (
    type: "float32" | "int32" | "bool",
    data: TypedArray,
    dims: readonly number[],
  ) => OrtTensor;
  readonly InferenceSession: {
    create(model: Uint8Array, options: OrtSessionOptions): Promise<OrtSession>;
  };
}

/** Options of a session. */
export interface OrtSessionOptions {
  readonly executionProviders: readonly string[];
  readonly intraOpNumThreads: number;
  readonly interOpNumThreads: number;
  readonly executionMode: "sequential";
  readonly graphOptimizationLevel: "all";
  readonly logSeverityLevel: 0 | 1 | 2 | 3 | 4;
  readonly preferredOutputLocation?: "gpu-buffer";
}
