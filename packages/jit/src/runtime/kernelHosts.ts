/** The hosts of this process, made when first asked for. */
import { loadAddon, loadWasm, processors } from "#platform";
import { addonHost } from "./addon.ts";
import type { KernelHost } from "./kernelHost.ts";
import { wasmHost } from "./wasmHost.ts";

let native: KernelHost | undefined;
let wasm: Promise<KernelHost> | undefined;

/**
 * The native kernels.
 *
 * @throws Error when the library does not load
 */
export function nativeHost(): KernelHost {
  native ??= addonHost(loadAddon(), processors);
  return native;
}

/**
 * The kernels in WebAssembly.
 *
 * @throws Error when there is no WebAssembly with SIMD
 */
export function webAssemblyHost(): Promise<KernelHost> {
  wasm ??= loadWasm("wasm").then((module) =>
    wasmHost({ module, shared: false, instructionSet: "simd128" }),
  );
  return wasm;
}
