import { defineConfig } from "tsup";

export default defineConfig({
  entry: ["src/index.ts", "src/platformNode.ts", "src/platformBrowser.ts"],
  // Stays an import of the package itself, so that a bundler picks the file for its platform.
  external: ["#platform"],
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
