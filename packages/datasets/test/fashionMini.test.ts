import { existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { selectFashionMini } from "../scripts/fashionMini.ts";
import { fashionFolder } from "./fashionFolder.ts";

const data = fileURLToPath(new URL("../data", import.meta.url));
const isFashionHere = existsSync(join(fashionFolder, "train-images-idx3-ubyte.gz"));

test("the files take at most 3 MB and are part of the published package", async () => {
  const names = await readdir(data);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(data, name))).size));
  expect(sizes.reduce((total, size) => total + size, 0)).toBeLessThan(3_000_000);
  const manifest = await readFile(new URL("../package.json", import.meta.url), "utf8");
  expect((JSON.parse(manifest) as { files: string[] }).files).toContain("data");
});

test.skipIf(!isFashionHere)(
  "the script builds the same bytes from the full files (skipped unless these are in shared/data beside the repository or below ELBO_SHARED)",
  async () => {
    const files = await selectFashionMini(fashionFolder);
    expect(files.size).toBe(4);
    for (const [name, content] of files) {
      const stored = gunzipSync(await readFile(join(data, name)));
      expect(Buffer.compare(stored, content), name).toBe(0);
    }
  },
);
