import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(import.meta.url);

/** The folder of the bench. */
export function benchFolder(): string {
  let folder = path.dirname(here);
  while (!existsSync(path.join(folder, "package.json"))) folder = path.dirname(folder);
  return folder;
}

/** The module that runs a contestant in a process of its own. */
export function workerFile(): string {
  return path.join(benchFolder(), "src", "perf", "worker.ts");
}

/** PyTorch's side. */
export function torchScript(): string {
  return path.join(benchFolder(), "torch", "bench.py");
}
