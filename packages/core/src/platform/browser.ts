/** What the rest of core needs of a browser: files are read by `fetch`, and none are written. */

/** The address of a file below a directory's address. */
export const joinPath = (directory: string, name: string): string =>
  `${directory.replace(/\/+$/, "")}/${name}`;

/** The bytes at an address, or `undefined` when the server has none (404). */
export async function readBytes(path: string): Promise<Uint8Array | undefined> {
  const response = await fetch(path);
  if (response.status === 404) return undefined;
  if (!response.ok) {
    throw new Error(`fetch: ${path} must be readable, got status ${response.status}`);
  }
  return new Uint8Array(await response.arrayBuffer());
}

const refuse = (path: string): Promise<never> =>
  Promise.reject(new Error(`save: files can be written in Node only, got ${path} in a browser`));

/** Refused: a browser has no directories. */
export const makeDirectory = (directory: string): Promise<void> => refuse(directory);

/** Refused: a browser writes no files. */
export const writeSynced = (path: string, bytes: Uint8Array): Promise<void> => {
  void bytes;
  return refuse(path);
};

/** Refused: a browser writes no files. */
export const rename = (from: string, to: string): Promise<void> => {
  void to;
  return refuse(from);
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
