import { defineConfig } from "tsup";

export default defineConfig({
  entry: ["src/index.ts", "src/platformNode.ts", "src/platformBrowser.ts"],
  // Stays an import of the package itself, so that a bundler picks the file for its platform.
  external: ["#platform"],
  format: ["esm"],
  dts: { entry: "src/index.ts", compilerOptions: { ignoreDeprecations: "6.0" } },
  sourcemap: true,
  clean: true,
  keepNames: true,
  silent: true,
  target: "node20.19",
});
