import { rename, writeSynced } from "#platform";
import type { Place } from "../platform/node.ts";

/**
 * Writes beside the file and renames, so that a kill at any instant leaves the old file or the new one.
 *
 * @throws Error when that is impossible
 */
export async function writeWhole({ fn, path }: Place, bytes: Uint8Array): Promise<void> {
  await writeSynced({ fn, path: `${path}.tmp` }, bytes);
  await rename({ fn, path: `${path}.tmp` }, path);
}
