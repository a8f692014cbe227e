/** The hosts of this process, made when first asked for. */
import { loadAddon, loadWasm, processors, sharesMemory, startWorker } from "#platform";
import { addonHost } from "./addon.ts";
import type { KernelHost } from "./kernelHost.ts";
import { wasmHost } from "./wasmHost.ts";

let native: KernelHost | undefined;
let wasm: Promise<KernelHost> | undefined;
let portable: Promise<KernelHost> | undefined;

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
 * The kernels in WebAssembly, with threads and relaxed SIMD where there are any.
 *
 * @throws Error when there is no WebAssembly with SIMD
 */
export function webAssemblyHost(): Promise<KernelHost> {
  wasm ??= makeHost("wasm");
  return wasm;
}

/**
 * The kernels in WebAssembly whose every result is defined to the bit: relaxed SIMD, which rounds as the processor does, is
 * not used.
 *
 * @throws Error when there is no WebAssembly with SIMD
 */
export function portableHost(): Promise<KernelHost> {
  portable ??= makeHost("portable");
  return portable;
}

function makeHost(name: "wasm" | "portable"): Promise<KernelHost> {
  const relaxed = name === "wasm" && WebAssembly.validate(relaxedProbe);
  const make = async (shared: boolean): Promise<KernelHost> => {
    const module = await loadWasm(`wasm${shared ? "-threads" : ""}${relaxed ? "-relaxed" : ""}`);
    const instructionSet = relaxed ? "simd128-relaxed" : "simd128";
    return wasmHost({ module, shared, name, instructionSet, threads: processors, startWorker });
  };
  return sharesMemory ? make(true).catch(() => make(false)) : make(false);
}

/** A module with one function that holds `f32x4.relaxed_madd`. */
const relaxedProbe = new Uint8Array([
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x04, 0x01, 0x60, 0x00, 0x00], // a type without parameters and results
  ...[0x03, 0x02, 0x01, 0x00],
  ...[0x0a, 0x14, 0x01, 0x12, 0x00],
  ...[0x41, 0x00, 0xfd, 0x0f, 0x41, 0x00, 0xfd, 0x0f, 0x41, 0x00, 0xfd, 0x0f], // three vectors
  ...[0xfd, 0x85, 0x02, 0x1a, 0x0b],
]);
