/** A process of its own that downloads one file: address, path, digest, most bytes, timeout. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { downloadFile } from "../src/node/download.ts";

const [address, file, digest] = process.argv.slice(2) as [string, string, string];

await downloadFile({
  addresses: [address],
  file,
  maxBytes: 10_000_000,
  timeout: 2000,
  pause: 20,
  attempts: 3,
  verify: async (path) => {
    const found = createHash("sha256")
      .update(await readFile(path))
      .digest("hex");
    if (found !== digest) throw new Error(`the digest must be ${digest}, got ${found}`);
  },
});
