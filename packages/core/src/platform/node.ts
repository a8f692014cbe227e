/** What the rest of core needs of Node; `browser.ts` has the same exports, and package.json's `imports` chooses. */
import { mkdir, open, readFile, rename as renameFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

/** The path of a file in a directory. */
export const joinPath = (directory: string, name: string): string => join(directory, name);

/** The bytes of a file, or `undefined` when there is none. */
export async function readBytes(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}

/** Makes a directory and those above it. */
export async function makeDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
}

/** Writes a file and waits until it is on the disk. */
export async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, "w");
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Puts a file in the place of another at once, and waits until that is on the disk. */
export async function rename(from: string, to: string): Promise<void> {
  await renameWhenFree(from, to);
  await syncDirectory(dirname(to));
}

/** Windows refuses for as long as a reader, an indexer or a virus scanner has one of the files open: tries for two seconds. */
async function renameWhenFree(from: string, to: string): Promise<void> {
  for (let pause = 1; ; pause *= 2) {
    try {
      await renameFile(from, to);
      return;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? "";
      const mayPass = process.platform === "win32" && ["EPERM", "EACCES", "EBUSY"].includes(code);
      if (!mayPass || pause > 1024) throw error;
      await wait(pause);
    }
  }
}

async function syncDirectory(directory: string): Promise<void> {
  try {
    const handle = await open(directory, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch {
    // Windows does not sync directories; its file systems log renames themselves.
  }
}

/** Lets timers, input and signals have their turn. */
export const yieldToEventLoop = (): Promise<void> =>
  new Promise((resolve) => setImmediate(resolve));

/** Where progress goes by default. */
export const progressOutput = {
  isTerminal: (): boolean => process.stderr.isTTY,
  write: (text: string): void => {
    process.stderr.write(text);
  },
};
