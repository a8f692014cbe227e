// Tree-shaken, minified files of app.ts and all that it needs, the kernels in WebAssembly included.
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
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

// Nothing of Node may be in what a browser gets, neither as an import nor as a file.
const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
const foreign = imports.filter(
  ({ path, external }) => external === true && !path.startsWith("data:"),
);
const problems = foreign.map(({ path }) => path);
for (const [file, { bytes }] of Object.entries(metafile.outputs)) {
  const text = readFileSync(file, "utf8");
  const mentions = [...text.matchAll(/["'`](node:[a-z/]+)["'`]/g)];
  problems.push(...mentions.map((mention) => `${file}: ${mention[1]}`));
  console.log(`${file.padEnd(28)} ${(bytes / 1000).toFixed(0)} kB`);
}
if (problems.length > 0) throw new Error(`the bundle must stand alone, got ${problems.join(", ")}`);
