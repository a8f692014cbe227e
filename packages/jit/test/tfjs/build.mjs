/** Bundles TF.js's own operator tests with the compiler; the tests' imports have no extensions, so Node cannot load them as they are. */
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const dist = join(dirname(require.resolve("@tensorflow/tfjs-core/package.json")), "dist");

/** Where the bundle goes: under node_modules, from where it finds onnxruntime-node. */
export const bundlePath = resolve(here, "../../node_modules/.cache/elbo/tfjs-tests.cjs");

/** Test files by path below dist, without the ending: all operators, optimizers and the gradient machinery. */
function testFiles() {
  return readdirSync(dist, { recursive: true })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => /^(ops|optimizers)\/.*_test\.js$|^gradients_test\.js$/.test(file))
    .map((file) => file.replace(/_test\.js$/, ""))
    .sort();
}

/** Writes the bundle. */
export async function buildTests() {
  const files = testFiles();
  const prelude = [
    resolve(here, "setup.ts"),
    join(dist, "register_all_gradients"),
    join(dist, "public/chained_ops/register_all_chained_ops"),
  ];
  const lines = [
    ...prelude.map((file) => `import ${JSON.stringify(file)};`),
    ...files.flatMap((file) => [
      `import "mark:${file}";`,
      `import ${JSON.stringify(join(dist, `${file}_test`))};`,
    ]),
    `export { coveredKernels, usedKernels } from ${JSON.stringify(resolve(here, "lazyBackend.ts"))};`,
  ];
  await build({
    stdin: { contents: lines.join("\n"), resolveDir: here },
    bundle: true,
    platform: "node",
    format: "cjs",
    ignoreAnnotations: true, // without it the tests are dropped as free of side effects
    external: ["onnxruntime-node", "*.node"],
    outfile: bundlePath,
    logLevel: "error",
    define: {
      "import.meta.url": '"file:///"',
      builtFolder: JSON.stringify(resolve(here, "../../native/built/")),
    },
    plugins: [oneCore, marks],
  });
}

/** The compiler's and the tests' TF.js must be the same, and so must be jasmine's. */
const oneCore = {
  name: "one-core",
  setup(builder) {
    builder.onResolve({ filter: /^@tensorflow\/tfjs(-core)?$/ }, () => ({
      path: join(dist, "index.js"),
    }));
    const jasmine = createRequire(require.resolve("jasmine"));
    builder.onResolve({ filter: /^jasmine-core/ }, ({ path }) => ({
      path: jasmine.resolve(path),
      external: true,
    }));
  },
};

/** `mark:NAME` notes that the suites defined from now on are of that file. */
const marks = {
  name: "marks",
  setup(builder) {
    builder.onResolve({ filter: /^mark:/ }, ({ path }) => ({ path, namespace: "mark" }));
    builder.onLoad({ filter: /.*/, namespace: "mark" }, ({ path }) => ({
      contents: `globalThis.elboTestFile = ${JSON.stringify(path.slice(5))};`,
    }));
  },
};
