import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** Lets every Node run TypeScript. */
const loader = new URL("../../../scripts/typescript.mjs", import.meta.url).href;

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
  const path = fileURLToPath(new URL(`.module-${randomUUID()}.ts`, folder));
  const end = "process.send?.(process.resourceUsage().maxRSS / 1024);\nprocess.disconnect?.();";
  try {
    await writeFile(path, `${code}\n${end}`);
    return await run(path);
  } finally {
    await rm(path);
  }
}

function run(path: string): Promise<ModuleRun> {
  const child = spawn(process.execPath, ["--import", loader, "--conditions=@elbo/source", path], {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
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
