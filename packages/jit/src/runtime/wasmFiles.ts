/** The WebAssembly files, inside the bundle: a page needs nothing beside it, and bundlers nothing to set up. */

/** Loads the bytes of a file by its name. */
export const wasmFiles: Readonly<Record<string, () => Promise<Uint8Array<ArrayBuffer>>>> = {
  wasm: async () => (await import("../../native/built/wasm.wasm")).default,
  "wasm-relaxed": async () => (await import("../../native/built/wasm-relaxed.wasm")).default,
  "wasm-threads": async () => (await import("../../native/built/wasm-threads.wasm")).default,
  "wasm-threads-relaxed": async () =>
    (await import("../../native/built/wasm-threads-relaxed.wasm")).default,
};
