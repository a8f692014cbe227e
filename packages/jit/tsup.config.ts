import { defineConfig } from "tsup";

export default defineConfig({
  entry: {
    index: "src/index.ts",
    run: "src/run.ts",
    platformNode: "src/runtime/platformNode.ts",
    platformBrowser: "src/runtime/platformBrowser.ts",
  },
  external: ["#platform", "onnxruntime-node", "@tensorflow/tfjs-backend-cpu"],
  noExternal: ["@elbo/common"],
  loader: { ".wasm": "binary" },
  format: ["esm"],
  dts: {
    entry: { index: "src/index.ts", run: "src/run.ts" },
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
