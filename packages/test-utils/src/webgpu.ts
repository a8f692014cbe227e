import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { findChromium } from "./chromium.ts";

/** The description of a Vulkan driver: what `VK_ICD_FILENAMES` says, or the software renderer that Chromium brings. */
const driver = [
  process.env.VK_ICD_FILENAMES,
  join(dirname(findChromium() ?? ""), "vk_swiftshader_icd.json"),
  "/usr/lib/chromium/vk_swiftshader_icd.json",
].find((file) => file !== undefined && existsSync(file));

/** Why {@link runOnWebgpu} cannot run, for the name of a test that is skipped; empty where it can. */
export const missingWebgpu =
  driver === undefined ? " (skipped: no Vulkan driver found; set VK_ICD_FILENAMES)" : "";

/**
 * Runs a script where onnxruntime-node finds WebGPU: in a process of its own, because drivers are looked for when a
 * process starts.
 *
 * @param url `import.meta.url` of the test, from where the script imports
 * @param script TypeScript whose last printed line is JSON; its process ends with it
 * @returns what the JSON says
 */
export async function runOnWebgpu(url: string, script: string): Promise<unknown> {
  // There the runtimes resolve.
  const folder = await mkdtemp(
    fileURLToPath(new URL("../../jit/node_modules/.webgpu-", import.meta.url)),
  );
  try {
    const file = join(folder, "run.mjs");
    await bundle(`${script}\nprocess.exit(0);`, { url, file });
    const { stdout } = await promisify(execFile)(process.execPath, [file], {
      env: environment(folder),
    });
    return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function bundle(
  contents: string,
  { url, file }: { readonly url: string; readonly file: string },
): Promise<void> {
  await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL(".", url)), loader: "ts" },
    bundle: true,
    platform: "node",
    format: "esm",
    conditions: ["@elbo/source"],
    loader: { ".wasm": "binary" },
    external: ["onnxruntime-node", "onnxruntime-web", "@tensorflow/*"],
    banner: {
      js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
    },
    outfile: file,
  });
}

/** The environment in which a process finds the driver; its sockets lie in the folder. */
function environment(folder: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    VK_ICD_FILENAMES: driver,
    // Chromium brings the loader of drivers too, beside its own.
    LD_LIBRARY_PATH: [dirname(driver ?? ""), process.env.LD_LIBRARY_PATH ?? ""].join(":"),
    XDG_RUNTIME_DIR: folder,
  };
}
