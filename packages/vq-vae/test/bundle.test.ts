import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { expect, test } from "vitest";

test("a page that loads a saved VQ-VAE and decodes takes at most 1.6 MB of JavaScript and 200 kB of WebAssembly", async () => {
  const { metafile } = await build({
    stdin: {
      contents: `
        import { loadVqVae } from "@elbo/vq-vae";
        export const decoded = async (source, codes) => (await loadVqVae(source)).decode(codes);
      `,
      resolveDir: fileURLToPath(new URL("..", import.meta.url)),
    },
    outdir: "site",
    write: false,
    metafile: true,
    bundle: true,
    minify: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    conditions: ["@elbo/source"],
    loader: { ".wasm": "binary" },
    logLevel: "error",
  });
  const isKernels = (output: { entryPoint?: string }): boolean =>
    output.entryPoint?.endsWith(".wasm") ?? false;
  const files = Object.values(metafile.outputs);
  const code = files.filter((file) => !isKernels(file)).reduce((sum, file) => sum + file.bytes, 0);
  const kernels = files.filter(isKernels).map(({ bytes }) => bytes);
  expect(code).toBeLessThan(1_600_000);
  // One of them is loaded, as base64 in a module; there are four, with and without threads and relaxed SIMD.
  expect(kernels).toHaveLength(4);
  expect(Math.max(...kernels)).toBeLessThan(200_000);
});
