import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

/** An empty folder that goes away with the test. */
export async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "elbo-datasets-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Folder of the full Fashion-MNIST files beside the repository, or below `ELBO_SHARED`. */
export const fashionFolder = join(
  process.env["ELBO_SHARED"] ?? fileURLToPath(new URL("../../../../shared", import.meta.url)),
  "data",
  "fashion-mnist",
);
