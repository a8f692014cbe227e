/** Reads a folder of images in several ways and prints what came out; runs built, in a process of its own. */
import { createHash } from "node:crypto";
import { fromImageFolder } from "../src/index.ts";
import type { FromImageFolderOptions } from "../src/index.ts";

const [folder, text] = process.argv.slice(2);
const outcomes: unknown[] = [];
for (const options of JSON.parse(text) as FromImageFolderOptions[]) {
  let done = 0;
  try {
    const { train, test, skipped } = await fromImageFolder(folder, {
      ...options,
      onProgress: (progress) => (done = progress.done),
    });
    const hash = createHash("sha256").update(train.data).update(test.data).digest("hex");
    outcomes.push({ shape: train.shape, hash, done, skipped: skipped?.length });
  } catch (error) {
    outcomes.push((error as Error).message);
  }
}
console.log(JSON.stringify(outcomes));
