import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { emptyFolder } from "@elbo/test-utils";

/** How reading went in a process of its own. */
export interface Peak {
  /** Shape of the training split, or the message of the refusal. */
  readonly outcome: string;
  /** Largest memory of the process in MB, Node itself included. */
  readonly megabytes: number;
}

/**
 * Reads a file in a process of its own and measures it there; what crashes fails the test.
 *
 * @param name function to call
 * @param path file or folder to read
 * @param options options of that function
 */
export async function peakOf(
  name: "fromCsv" | "fromImageFolder" | "fromNpz",
  path: string,
  options: object = {},
): Promise<Peak> {
  const script = join(await emptyFolder(), "worker.mjs");
  await build({
    entryPoints: [fileURLToPath(new URL("./peakWorker.ts", import.meta.url))],
    outfile: script,
    bundle: true,
    platform: "node",
    format: "esm",
    conditions: ["@elbo/source"],
    banner: {
      js: 'import { createRequire as makeRequire } from "node:module"; const require = makeRequire(import.meta.url);',
    },
  });
  const { stdout } = await promisify(execFile)(process.execPath, [
    script,
    name,
    path,
    JSON.stringify(options),
  ]);
  return JSON.parse(stdout) as Peak;
}

/** Writes a file into a new folder and returns its path. */
export async function fileOf(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(await emptyFolder(), name);
  await writeFile(path, bytes);
  return path;
}
