/**
 * The part of a file that has arrived. Every process writes a file of its own, named after its lock, and begins with a
 * copy of the largest part that earlier processes left: nobody else writes what this process verifies.
 */
import { copyFile, open, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** Where the part came from, so that a server can be asked for the rest of the same file. */
export interface Origin {
  readonly address: string;
  /** Strong entity tag or date of change; undefined when the server gave neither. */
  readonly validator?: string;
}

/** An open part. */
export interface Partial {
  readonly path: string;
  /** Bytes that have arrived. */
  received: number;
  origin: Origin | undefined;
}

function originPath(path: string): string {
  return `${path}.json`;
}

async function partsOf(file: string): Promise<{ path: string; size: number }[]> {
  const folder = dirname(file);
  const names = await readdir(folder);
  const mine = names.filter(
    (name) => name.startsWith(`${basename(file)}.`) && name.endsWith(".part"),
  );
  const parts = await Promise.all(
    mine.map(async (name) => {
      const path = join(folder, name);
      return { path, size: (await stat(path)).size };
    }),
  );
  return parts.sort((a, b) => b.size - a.size);
}

async function readOrigin(path: string): Promise<Origin | undefined> {
  try {
    const origin = JSON.parse(await readFile(originPath(path), "utf8")) as Origin;
    return typeof origin.address === "string" ? origin : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Opens this process's part of a file, continuing what an earlier process left; call it while holding the lock.
 *
 * @param file path of the file to be
 * @param token token of the lock
 */
export async function claimPartial(file: string, token: string): Promise<Partial> {
  const path = `${file}.${token}.part`;
  const [largest, ...others] = await partsOf(file);
  let claimed: Partial = { path, received: 0, origin: undefined };
  if (largest !== undefined) {
    const origin = await readOrigin(largest.path);
    await copyFile(largest.path, path);
    claimed = { path, received: (await stat(path)).size, origin };
    if (origin) await writeFile(originPath(path), JSON.stringify(origin));
  }
  for (const part of largest ? [largest, ...others] : []) {
    if (part.path !== path) await removePartial(part.path);
  }
  return claimed;
}

/** Deletes a part and its origin. */
export async function removePartial(path: string): Promise<void> {
  await rm(path, { force: true });
  await rm(originPath(path), { force: true });
}

/** Forgets what has arrived. */
export async function resetPartial(partial: Partial): Promise<void> {
  await removePartial(partial.path);
  partial.received = 0;
  partial.origin = undefined;
}

/** Opens the part for writing at `partial.received`, after noting where the bytes come from. */
export async function openPartial(partial: Partial, origin: Origin): Promise<FileHandle> {
  const handle = await open(partial.path, partial.received > 0 ? "r+" : "w");
  try {
    await handle.truncate(partial.received);
    await writeFile(originPath(partial.path), JSON.stringify(origin));
    partial.origin = origin;
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}
