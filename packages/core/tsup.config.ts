import { defineConfig } from "tsup";

export default defineConfig({
  entry: {
    index: "src/index.ts",
    // One of the two is chosen by package.json's "imports" when the package runs.
    "platform.node": "src/platform/node.ts",
    "platform.browser": "src/platform/browser.ts",
  },
  external: ["#platform"],
  format: ["esm"],
  dts: { entry: { index: "src/index.ts" }, compilerOptions: { ignoreDeprecations: "6.0" } },
  sourcemap: true,
  clean: true,
  keepNames: true,
  silent: true,
  target: "node20.19",
});
