import type { EngineName } from "@elbo/jit";

/** Where and how something computes; see `@elbo/jit`. */
export interface ComputeOptions {
  /** Default `"auto"`: native, or wasm where the library does not load. */
  readonly engine?: "auto" | EngineName;
  /** Default `"cpu"`. */
  readonly device?: "cpu" | "webgpu";
  /** Default `"auto"`. */
  readonly threads?: number | "auto";
}
