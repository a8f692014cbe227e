/** Reads a folder of images in several ways and prints what came out; runs built, in a process of its own. */
import { createHash } from "node:crypto";
import { fromImageFolder, openImageFolder } from "../src/index.ts";
import type { FromImageFolderOptions, StoredSplit } from "../src/index.ts";

/** All examples of a split, in batches, the next of which is read while one is looked at. */
async function readAll(split: StoredSplit): Promise<Buffer> {
  const rows = Array.from({ length: split.shape[0] }, (_, i) => i);
  const parts: Uint8Array[] = [];
  let next = split.read(rows.slice(0, 7));
  for (let from = 7; from < rows.length + 7; from += 7) {
    const now = next;
    next = split.read(rows.slice(from, from + 7));
    parts.push((await now).data as Uint8Array);
  }
  await next;
  return Buffer.concat(parts);
}

const [folder, text] = process.argv.slice(2);
const outcomes: unknown[] = [];
for (const options of JSON.parse(text) as FromImageFolderOptions[]) {
  let done = 0;
  try {
    const { train, test, skipped } = await fromImageFolder(folder, {
      ...options,
      onProgress: (progress) => (done = progress.done),
    });
    const { onError, ...opened } = options;
    if (onError === undefined) {
      const set = await openImageFolder(folder, opened);
      const same =
        (await readAll(set.train)).equals(train.data as Uint8Array) &&
        (await readAll(set.test)).equals(test.data as Uint8Array);
      await set.close();
      if (!same)
        throw new Error("what is read from files must equal what is in memory, got others");
    }
    const hash = createHash("sha256").update(train.data).update(test.data).digest("hex");
    outcomes.push({ shape: train.shape, hash, done, skipped: skipped?.length });
  } catch (error) {
    outcomes.push((error as Error).message);
  }
}
console.log(JSON.stringify(outcomes));
