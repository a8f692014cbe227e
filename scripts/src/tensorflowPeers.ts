/**
 * `pnpm test:tensorflow [VERSION,...]`: installs `@elbo/jit` beside the whole of `@tensorflow/tfjs`, in every version of the peer range and with npm
 * and pnpm, and checks that both work on the same variables: imported, required and in one bundle. Needs a registry.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mustRun, withPath } from "./command.ts";
import { packPackages } from "./packedPackages.ts";

const versions = process.argv[2]?.split(",") ?? ["4.20.0", "4.21.0", "4.22.0"];

/** Prints `right`, or throws. */
const check = `
import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs";
import { jit } from "@elbo/jit";
const state = tf.variable(tf.tensor1d([1, 2]));
const dense = tf.layers.dense({ units: 1, inputShape: [2], kernelInitializer: "ones" });
const model = tf.sequential({ layers: [dense] });
const step = jit(({ x }) => {
  const y = tf.add(tf.mul(state, 2), tf.sum(model.apply(x)));
  state.assign(y);
  return { y };
}, { feeds: { x: { shape: [1, 2] } }, state: [state, ...model.weights.map((w) => w.read())] });
const { y } = await step({ x: new Float32Array([3, 4]) });
await step.pull();
assert.deepEqual([...y.data], [9, 11]);
assert.deepEqual([...state.dataSync()], [9, 11]);
// A bundle leaves the library behind; the kernels in WebAssembly are inside.
assert.equal(step.report.engine, import.meta.url.includes("/out/") ? "wasm" : "native");
console.log("right");
process.exit(0);
`;

/** The same with \`require\`, which gives the same objects as \`import\`. */
const required = `
import { createRequire } from "node:module";
import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs";
import { jit } from "@elbo/jit";
const require = createRequire(import.meta.url);
assert.equal(require("@elbo/jit").jit, jit);
assert.equal(require("@tensorflow/tfjs").engine(), tf.engine());
console.log("right");
process.exit(0);
`;

const folder = mkdtempSync(join(tmpdir(), "elbo-tensorflow-"));
let failed = 0;
try {
  const packages = await packPackages(join(folder, "tarballs"));
  const jit = packages.find(({ name }) => name === "@elbo/jit");
  if (jit === undefined) throw new Error("internal: @elbo/jit was not packed");
  for (const version of versions) {
    for (const manager of ["npm", "pnpm"]) {
      const cwd = join(folder, `${manager}-${version}`);
      mkdirSync(cwd);
      const dependencies = {
        "@tensorflow/tfjs": version,
        "@elbo/jit": `file:${jit.tarball}`,
        esbuild: "0.28.2",
      };
      const manifest = { private: true, type: "module", dependencies };
      writeFileSync(join(cwd, "package.json"), JSON.stringify(manifest));
      // JSON is YAML. core-js has a script that prints a banner, esbuild one that checks its binary.
      writeFileSync(
        join(cwd, "pnpm-workspace.yaml"),
        JSON.stringify({ allowBuilds: { "core-js": false, esbuild: false } }),
      );
      writeFileSync(join(cwd, "check.js"), check);
      writeFileSync(join(cwd, "required.js"), required);
      const bundle = [
        "check.js",
        "--bundle",
        "--platform=node",
        "--format=esm",
        "--outfile=out/bundle.js",
      ];
      const banner =
        "import{createRequire as c}from'node:module';const require=c(import.meta.url);";
      const lines = [
        [manager, "install", ...(manager === "npm" ? ["--ignore-scripts", "--no-audit"] : [])],
        ["node", "check.js"],
        ["node", "required.js"],
        ["node", "node_modules/esbuild/bin/esbuild", ...bundle, `--banner:js=${banner}`],
        ["node", "out/bundle.js"],
      ];
      try {
        for (const line of lines) await mustRun(line, { cwd, env: withPath(), timeout: 300 });
        console.log(`passed  @tensorflow/tfjs ${version}, ${manager}`);
      } catch (error) {
        failed++;
        console.log(
          `FAILED  @tensorflow/tfjs ${version}, ${manager}\n${(error as Error).message.slice(0, 2000)}`,
        );
      }
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failed > 0 ? 1 : 0;
