import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { emptyFolder } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { fromIdx } from "../src/index.ts";
import type { IdxFiles } from "../src/index.ts";
import { encodeIdx } from "../src/formats/idx.ts";

const images = Uint8Array.from({ length: 20 * 6 }, (_, i) => i);
const data = encodeIdx({ data: images, shape: [20, 2, 3] });
const classes = Uint8Array.from({ length: 20 }, (_, i) => i % 4);
const labels = encodeIdx({ data: classes, shape: [20] });

test("files of images and labels become a set, compressed or not", async () => {
  const folder = await emptyFolder();
  await writeFile(join(folder, "images-idx3-ubyte.gz"), gzipSync(data));
  await writeFile(join(folder, "labels-idx1-ubyte"), labels);
  const files = {
    data: join(folder, "images-idx3-ubyte.gz"),
    labels: join(folder, "labels-idx1-ubyte"),
  };
  const { name, train } = await fromIdx(files, { testFraction: 0 });
  expect(name).toBe(files.data);
  expect(train).toEqual({ data: images, shape: [20, 2, 3, 1], labels: classes });
  const divided = await fromIdx(files);
  expect([divided.train.shape[0], divided.test.shape[0]]).toEqual([18, 2]);
  expect(divided).toEqual({ ...(await fromIdx({ data, labels })), name });
});

test("bytes that the caller gave stay as they are", async () => {
  const before = data.slice();
  await fromIdx({ data, labels }, { seed: 3 });
  expect(data).toEqual(before);
});

test("a test split of its own is used as it is", async () => {
  const set = await fromIdx({ data, labels, testData: data, testLabels: labels });
  expect(set.test).toEqual(set.train);
});

test.each<[string, IdxFiles, string]>([
  ["test labels alone", { data, testLabels: labels }, "testData must be given with testLabels"],
  ["no data", {} as IdxFiles, "data must be given"],
  ["a missing file", { data: "/no/such-file" }, "file must be readable, got /no/such-file"],
  ["another file", { data: Uint8Array.of(1, 2, 3, 4) }, "file must begin with the bytes 00 00"],
  ["a cut file", { data: gzipSync(data).subarray(0, 60) }, "must"],
  [
    "a file that unpacks to more than its header says",
    { data: gzipSync(Uint8Array.of(...data, 1)) },
    "content must be at most 136 bytes",
  ],
  ["labels of another length", { data, labels: data }, "labels must"],
])("%s is refused", async (_, files, message) => {
  await expect(fromIdx(files)).rejects.toThrow(message);
  await expect(fromIdx(files)).rejects.toThrow(/^fromIdx: /u);
});
