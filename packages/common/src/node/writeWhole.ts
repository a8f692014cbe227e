import { replaceFile } from "./replaceFile.ts";
import { writeSynced } from "./writeSynced.ts";

/**
 * Writes beside the file and renames, so that a kill at any instant leaves the old file or the new one.
 *
 * @param path the file; `path` with `.tmp` behind it is written first
 * @param content bytes, or text to be written in UTF-8
 */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  await writeSynced(`${path}.tmp`, bytes);
  await replaceFile(`${path}.tmp`, path);
}
