import { reasonOf } from "@elbo/common";

/** A file: its path (Node), its address, or its bytes. */
export type FileSource = string | URL | Uint8Array;

/** A file source as it reads in a message. */
export function nameOf(file: FileSource): string {
  if (file instanceof Uint8Array) return `${String(file.length)} bytes`;
  return file instanceof URL ? file.href : file;
}

/** Runs a reader and, when it throws, says which function of the package and which file it was about. */
export function naming<T>(caller: string, file: FileSource, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const Kind = error instanceof TypeError ? TypeError : RangeError;
    // The reader's own name says nothing to whoever called this function.
    const reason = reasonOf(error).replace(/^[a-zA-Z]+: /u, "");
    throw new Kind(`${caller}: ${reason} in ${nameOf(file)}`, { cause: error });
  }
}
