// `node --import ./scripts/typescript.mjs FILE.ts` runs TypeScript on every Node that elbo supports. Nodes that
// read TypeScript by themselves are left alone; on the others esbuild removes the types, file by file.
import { readFile } from "node:fs/promises";
import { register } from "node:module";
import { fileURLToPath } from "node:url";
import { isMainThread } from "node:worker_threads";

if (isMainThread && !process.features.typescript) register(import.meta.url);

/** @type {import("node:module").LoadHook} */
export async function load(url, context, nextLoad) {
  if (!url.startsWith("file:") || !url.endsWith(".ts")) return nextLoad(url, context);
  const { transform } = await import("esbuild");
  const sourcefile = fileURLToPath(url);
  const { code } = await transform(await readFile(sourcefile, "utf8"), {
    loader: "ts",
    sourcefile,
    sourcemap: "inline",
    target: "node20.19",
  });
  return { format: "module", shortCircuit: true, source: code };
}
