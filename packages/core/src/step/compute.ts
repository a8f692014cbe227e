/** Where and how something computes; see `@elbo/jit`. */
export interface ComputeOptions {
  /** Default `"auto"`. */
  readonly engine?: "auto" | "native" | "wasm" | "onnx" | "eager";
  /** Default `"cpu"`. */
  readonly device?: "cpu" | "webgpu";
  /** Default `"auto"`. */
  readonly threads?: number | "auto";
}
