// `node --import ./scripts/typescript.mjs FILE.ts` runs TypeScript on every Node that elbo supports. Nodes that read TypeScript by
// themselves are left alone with it; on the others esbuild removes the types, file by file. An imported `.wasm` file is its bytes, as
// in the packages' bundles.
import { readFile } from "node:fs/promises";
import { register } from "node:module";
import { fileURLToPath } from "node:url";
import { isMainThread } from "node:worker_threads";

if (isMainThread) register(import.meta.url);

/** @type {import("node:module").LoadHook} */
export async function load(url, context, nextLoad) {
  if (!url.startsWith("file:")) return nextLoad(url, context);
  if (url.endsWith(".wasm")) return { ...module, source: bytesOf(fileURLToPath(url)) };
  if (!url.endsWith(".ts") || process.features.typescript) return nextLoad(url, context);
  const { transform } = await import("esbuild");
  const sourcefile = fileURLToPath(url);
  const { code } = await transform(await readFile(sourcefile, "utf8"), {
    loader: "ts",
    sourcefile,
    sourcemap: "inline",
    target: "node20.19",
  });
  return { ...module, source: code };
}

const module = { format: "module", shortCircuit: true };

const bytesOf = (path) =>
  `import { readFileSync } from "node:fs"; export default new Uint8Array(readFileSync(${JSON.stringify(path)}));`;
