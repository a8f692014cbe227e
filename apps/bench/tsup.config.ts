import { defineConfig } from "tsup";

export default defineConfig({
  entry: { main: "src/main.ts", perfWorker: "src/perf/worker.ts" },
  external: [/^@jax-js\//, /^@tensorflow\//], // optional ones among them, which tsup would inline
  noExternal: ["@elbo/common"],
  format: ["esm"],
  dts: false,
  sourcemap: true,
  clean: true,
  silent: true,
  target: "node20.19",
});
