import { defineConfig } from "tsup";

export default defineConfig({
  entry: {
    index: "src/index.ts",
    conformance: "src/conformance/index.ts",
    // One of the two is chosen by package.json's "imports" when the package runs.
    "platform.node": "src/platform/node.ts",
    "platform.browser": "src/platform/browser.ts",
  },
  external: ["#platform"],
  noExternal: ["@elbo/common"],
  format: ["esm"],
  dts: {
    entry: { index: "src/index.ts", conformance: "src/conformance/index.ts" },
    compilerOptions: {
      ignoreDeprecations: "6.0",
      paths: { "@elbo/common": ["../common/src/index.ts"] },
    },
  },
  sourcemap: true,
  clean: true,
  keepNames: true,
  silent: true,
  target: "node20.19",
});
