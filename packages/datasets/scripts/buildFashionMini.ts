/**
 * Writes the files of fashion-mini into the folder `data` of this package.
 *
 * Run from the package: `npx pnpm build:fashion-mini FOLDER`, where FOLDER holds the four files of Fashion-MNIST.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { selectFashionMini } from "./fashionMini.ts";

const folder = process.argv[2];
if (folder === undefined) throw new Error("buildFashionMini: folder must be given, got nothing");
const target = resolve("data");
await mkdir(target, { recursive: true });
for (const [name, content] of await selectFashionMini(folder)) {
  await writeFile(resolve(target, name), gzipSync(content, { level: 9, memLevel: 9 }));
}
