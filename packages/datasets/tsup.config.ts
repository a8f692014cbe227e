import { defineConfig } from "tsup";

export default defineConfig({
  entry: {
    index: "src/index.ts",
    platformNode: "src/platformNode.ts",
    platformBrowser: "src/platformBrowser.ts",
    // Beside the chunk that starts it.
    imageWorker: "src/node/images/imageWorker.ts",
  },
  // Stays an import of the package itself, so that a bundler picks the file for its platform.
  external: ["#platform", "sharp"],
  noExternal: ["@elbo/common"],
  format: ["esm"],
  dts: {
    entry: "src/index.ts",
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
