import { open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { whenFree } from "./whenFree.ts";

/** Puts the file `from` in the place of `to` at once, and waits until that is on the disk. */
export async function replaceFile(from: string, to: string): Promise<void> {
  await whenFree(() => rename(from, to));
  await syncFolder(dirname(to));
}

async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch {
    // Windows and some network file systems do not sync folders; what they log themselves is as durable as it gets.
  }
}
