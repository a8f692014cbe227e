/** What the rest of core needs of a browser: files are read by `fetch`, and none are written. */
import { reasonOf } from "@elbo/common";
import type { ArgumentName } from "@elbo/common";
import type { Place } from "./node.ts";

/** The address of a file below a directory's address. */
export const joinPath = (directory: string, name: string): string =>
  `${directory.replace(/\/+$/, "")}/${name}`;

/**
 * The bytes at an address, hardly more than `most` of them, or `undefined` when the server has none (404).
 *
 * @throws Error when they cannot be fetched
 */
export async function readBytes(
  { fn, path }: Place,
  most = Infinity,
): Promise<Uint8Array | undefined> {
  const rule = `${fn}: ${path} must be readable`;
  try {
    const response = await fetch(path);
    if (response.status === 404) return undefined;
    if (response.ok) return await bodyOf(response, most);
    throw new Error(`status ${response.status}`);
  } catch (cause) {
    throw new Error(`${rule}, got ${reasonOf(cause)}`, {
      cause,
    });
  }
}

async function bodyOf({ body }: Response, most: number): Promise<Uint8Array> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const reader = body?.getReader();
  for (let length = 0; length < most; length += parts[parts.length - 1].length) {
    const { value } = (await reader?.read()) ?? {};
    if (value === undefined) break;
    parts.push(value);
  }
  await reader?.cancel();
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

/** Whether an address is that of one of a model's files, in the place of a directory. */
export const isFile = (path: string): Promise<boolean> =>
  Promise.resolve(/\/(model\.json|weights\.safetensors)$/.test(path));

const refuse = (fn: string, path: string): Promise<never> =>
  Promise.reject(new Error(`${fn}: files can be written in Node only, got ${path} in a browser`));

/** Refused: a browser has no directories. */
export const makeDirectory = ({ fn }: ArgumentName, directory: string): Promise<void> =>
  refuse(fn, directory);

/** Refused: a browser writes no files. */
export const writeSynced = ({ fn, path }: Place, bytes: Uint8Array): Promise<void> => {
  void bytes;
  return refuse(fn, path);
};

/** Refused: a browser writes no files. */
export const rename = ({ fn, path }: Place, to: string): Promise<void> => {
  void to;
  return refuse(fn, path);
};

/** Lets events have their turn: a message to oneself, since timers wait 4 ms. */
export const yieldToEventLoop = (): Promise<void> =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });

/** Where progress goes by default: nowhere. */
export const progressOutput = {
  isTerminal: (): boolean => false,
  write: (text: string): void => {
    void text;
  },
};

/** A browser has no channel for warnings but its console, which belongs to the page. */
export const emitWarning = (): void => undefined;
