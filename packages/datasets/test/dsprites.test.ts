import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { emptyFolder } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { load } from "../src/index.ts";
import { readImageStack } from "../src/node/dsprites.ts";
import { encodeNpy, encodeNpz } from "./encode.ts";

const count = 500;
const side = 64;
const pixels = side * side;
/** Image `i` has its first `i + 1` pixels set. */
const stack = Uint8Array.from({ length: count * pixels }, (_, at) =>
  at % pixels <= Math.floor(at / pixels) ? 1 : 0,
);

async function fileOf(bytes: Uint8Array): Promise<string> {
  const path = join(await emptyFolder(), "dsprites.npz");
  await writeFile(path, bytes);
  return path;
}

const whole = encodeNpz({
  metadata: encodeNpy(new Uint8Array(8), "|O", { shape: [1] }),
  imgs: encodeNpy(stack, "|u1", { shape: [count, side, side] }),
});

test("the images asked for are kept in the order asked for, 0 and 255", async () => {
  const wanted = { train: Int32Array.of(499, 0, 7), test: Int32Array.of(250) };
  const parts = await readImageStack(await fileOf(whole), { count, side }, wanted);
  const whites = (data: Uint8Array): number[] =>
    Array.from({ length: data.length / pixels }, (_, i) =>
      data.subarray(i * pixels, (i + 1) * pixels).reduce((sum, value) => sum + value / 255, 0),
    );
  expect(whites(parts.train)).toEqual([500, 1, 8]);
  expect(whites(parts.test)).toEqual([251]);
  expect(new Set(parts.train)).toEqual(new Set([0, 255]));
});

test.each<[string, Uint8Array, string]>([
  [
    "another shape",
    encodeNpz({ imgs: encodeNpy(new Uint8Array(64), "|u1", { shape: [1, 8, 8] }) }),
    "imgs must be uint8 [500, 64, 64], got |u1 [1, 8, 8]",
  ],
  [
    "another array",
    encodeNpz({ x: encodeNpy(new Uint8Array(64), "|u1", { shape: [64] }) }),
    "must hold a compressed imgs.npy, got x.npy",
  ],
  [
    "too few images",
    encodeNpz({ imgs: encodeNpy(stack.subarray(0, 9000), "|u1", { shape: [count, side, side] }) }),
    "imgs must hold 2048000 pixels, got 9000",
  ],
  ["a cut file", whole.subarray(0, 5000), "file must end with a ZIP directory"],
])("%s is refused", async (_, bytes, message) => {
  const wanted = { train: Int32Array.of(0), test: Int32Array.of(1) };
  await expect(readImageStack(await fileOf(bytes), { count, side }, wanted)).rejects.toThrow(
    message,
  );
});

test("a file that is not the published one is refused by its digest", async () => {
  const folder = await emptyFolder();
  const name = "dsprites_ndarray_co1sh3sc6or40x32y32_64x64.npz";
  await writeFile(join(folder, name), whole);
  await expect(load("dsprites", { folder, count: 10 })).rejects.toThrow(
    "the file must have the MD5 7da33b31b13a06f4b04a70402ce90c2e",
  );
});
