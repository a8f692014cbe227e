import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import type { Plugin } from "esbuild";

/** Large packages stay outside the bundle, at the place where they are installed. */
const installed: Plugin = {
  name: "installed",
  setup(bundle) {
    const { resolve } = createRequire(new URL("../../jit/package.json", import.meta.url));
    bundle.onResolve({ filter: /^(onnxruntime-|@tensorflow\/)/ }, ({ path }) => ({
      path: pathToFileURL(resolve(path)).href,
      external: true,
    }));
  },
};

/** What a process of its own printed, and the most memory that it held. */
export interface ModuleRun {
  readonly output: string;
  readonly errors: string;
  /** Resident memory in MiB. */
  readonly peak: number;
}

/**
 * Runs TypeScript in a process of its own, on the sources: for what a process prints, and how much memory it takes.
 *
 * @param code a module
 * @param folder where its relative imports begin
 */
export async function runModule(code: string, folder: URL): Promise<ModuleRun> {
  const directory = await mkdtemp(join(tmpdir(), "elbo-module-"));
  try {
    const outfile = join(directory, "module.mjs");
    const contents = `${code}\nprocess.send?.(process.resourceUsage().maxRSS / 1024);\nprocess.disconnect?.();`;
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: fileURLToPath(folder), loader: "ts" },
      bundle: true,
      write: false,
      platform: "node",
      format: "esm",
      conditions: ["@elbo/source"],
      plugins: [installed],
      logLevel: "error",
    });
    await writeFile(outfile, outputFiles[0].contents);
    return await run(outfile);
  } finally {
    await rm(directory, { recursive: true });
  }
}

function run(path: string): Promise<ModuleRun> {
  const child = spawn(process.execPath, [path], { stdio: ["ignore", "pipe", "pipe", "ipc"] });
  const printed = { output: "", errors: "" };
  let peak = Infinity;
  child.stdout?.on("data", (chunk: Buffer) => (printed.output += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (printed.errors += chunk.toString()));
  child.on("message", (value) => (peak = value as number));
  return new Promise((resolve) => {
    child.on("close", () => {
      resolve({ ...printed, peak });
    });
  });
}
