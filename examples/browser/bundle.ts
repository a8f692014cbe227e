// One tree-shaken, minified file of app.ts and all that it needs; the WebAssembly of ONNX Runtime lies beside it.
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { build } from "esbuild";

mkdirSync("site", { recursive: true });
copyFileSync("index.html", "site/index.html");
const { metafile } = await build({
  entryPoints: ["app.ts"],
  outdir: "site",
  bundle: true,
  format: "esm",
  splitting: true,
  platform: "browser",
  target: "es2022",
  minify: true,
  metafile: true,
  logLevel: "warning",
});

// ONNX Runtime's WebAssembly are files of their own, one for CPUs and one for GPUs: they lie beside the modules that were
// bundled, and belong beside the bundle. A page fetches the one that it uses.
for (const module of Object.keys(metafile.inputs)) {
  if (!/onnxruntime-web.*\.mjs$/.test(module)) continue;
  const named = readFileSync(module, "utf8").match(/ort-wasm-[a-z0-9.-]+\.wasm/g) ?? [];
  for (const file of new Set(named)) copyFileSync(join(dirname(module), file), join("site", file));
}

// Nothing of Node may be in what a browser gets, neither as an import nor as a file. ONNX Runtime itself carries one name
// of a module of Node, in a branch that no browser takes.
const deadBranch = /typeof navigator\s*>\s*"u"\s*\?\s*\w+\("node:os"\)/g;
const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
const foreign = imports.filter(
  ({ path, external }) => external === true && !path.startsWith("data:"),
);
const nodeFiles = Object.keys(metafile.inputs).filter((path) => /onnxruntime-node/.test(path));
const problems = [...foreign.map(({ path }) => path), ...nodeFiles];
for (const [file, { bytes }] of Object.entries(metafile.outputs)) {
  const text = readFileSync(file, "utf8").replace(deadBranch, "");
  const mentions = [...text.matchAll(/["'`](node:[a-z/]+)["'`]/g)];
  problems.push(...mentions.map((mention) => `${file}: ${mention[1]}`));
  console.log(`${file.padEnd(28)} ${(bytes / 1000).toFixed(0)} kB`);
}
if (problems.length > 0) throw new Error(`the bundle must stand alone, got ${problems.join(", ")}`);
