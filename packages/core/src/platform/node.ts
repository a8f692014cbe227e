/** What the rest of core needs of Node; `browser.ts` has the same exports, and package.json's `imports` chooses. */
import { createReadStream } from "node:fs";
import { mkdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { replaceFile, writeSynced as writeFileSynced } from "@elbo/common/node";
import type { ArgumentName } from "@elbo/common";

/** The path of a file in a directory. */
export const joinPath = (directory: string, name: string): string => join(directory, name);

/** A file, and the function that needs it, for messages. */
export interface Place {
  readonly fn: string;
  readonly path: string;
}

/** What Node says in two sentences and without the caller's argument, in one with it. */
function refuse(text: string, cause: unknown): never {
  const { code, message } = cause as NodeJS.ErrnoException;
  throw new Error(`${text}, got ${code ?? message}`, { cause });
}

/**
 * The bytes of a file, no more than `most` of them, or `undefined` when there is none.
 *
 * @throws Error when it cannot be read
 */
export async function readBytes(
  { fn, path }: Place,
  most = Infinity,
): Promise<Uint8Array | undefined> {
  const parts: Buffer[] = [];
  try {
    if (most === Infinity) return await readFile(path);
    for await (const part of createReadStream(path, { end: most - 1 })) parts.push(part as Buffer);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    refuse(`${fn}: ${path} must be readable`, error);
  }
  return Buffer.concat(parts);
}

/** Whether there is a file in the place of a directory. */
export async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/**
 * Makes a directory and those above it.
 *
 * @throws Error when that is impossible
 */
export async function makeDirectory({ fn, name }: ArgumentName, directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
  } catch (error) {
    refuse(
      `${fn}: ${name} ${directory} must be a directory, or a path where one can be made`,
      error,
    );
  }
}

/**
 * Writes a file and waits until it is on the disk.
 *
 * @throws Error when that is impossible
 */
export async function writeSynced({ fn, path }: Place, bytes: Uint8Array): Promise<void> {
  try {
    await writeFileSynced(path, bytes);
  } catch (error) {
    refuse(`${fn}: ${path} must be writable`, error);
  }
}

/**
 * Puts a file in the place of another at once, and waits until that is on the disk.
 *
 * @throws Error when that is impossible
 */
export async function rename({ fn, path }: Place, to: string): Promise<void> {
  try {
    await replaceFile(path, to);
  } catch (error) {
    refuse(`${fn}: ${to} must be a file that can be replaced`, error);
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

/** Says something through Node's own channel for warnings, which users can redirect or silence. */
export const emitWarning = (text: string): void => {
  process.emitWarning(text, "ElboWarning");
};
