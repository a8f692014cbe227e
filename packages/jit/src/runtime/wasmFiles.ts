// eslint-disable-next-line @typescript-eslint/triple-slash-reference -- packages that compile these sources need it too
/// <reference path="../wasm.d.ts" />
/** The WebAssembly files, inside the bundle: a page needs nothing beside it, and bundlers nothing to set up. */

const files: Readonly<Record<string, () => Promise<Uint8Array<ArrayBuffer>>>> = {
  wasm: async () => (await import("../../native/built/wasm.wasm")).default,
  "wasm-relaxed": async () => (await import("../../native/built/wasm-relaxed.wasm")).default,
  "wasm-threads": async () => (await import("../../native/built/wasm-threads.wasm")).default,
  "wasm-threads-relaxed": async () =>
    (await import("../../native/built/wasm-threads-relaxed.wasm")).default,
};

/**
 * The bytes of a file by its name.
 *
 * @throws Error when there is none
 */
export function wasmFile(name: string): Promise<Uint8Array<ArrayBuffer>> {
  if (!Object.hasOwn(files, name)) throw new Error(`there is no ${name}.wasm`);
  return files[name]();
}
