/** NPZ files that unpack to more than they say; memory is measured in processes of their own. */
import { deflateRawSync } from "node:zlib";
import { crc32 } from "@elbo/common";
import { expect, test } from "vitest";
import { inflate, inflatePieces } from "../src/formats/inflate.ts";
import { encodeNpy, encodeNpz } from "./encode.ts";
import { fileOf, peakOf } from "./peak.ts";

const base = encodeNpy(new Uint8Array(20), "|u1", { shape: [10, 2] });

/** An NPZ file whose array is followed by zeros that its header does not count; the directory tells the truth. */
function bomb(zeros: number): Uint8Array {
  const content = Buffer.concat([base, Buffer.alloc(zeros)]);
  const packed = deflateRawSync(content, { level: 9 });
  const name = Buffer.from("x.npy");
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(8, 10);
  entry.writeUInt32LE(crc32(content), 16);
  entry.writeUInt32LE(packed.length, 20);
  entry.writeUInt32LE(content.length, 24);
  entry.writeUInt16LE(name.length, 28);
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(name.length, 26);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(46 + name.length, 12);
  end.writeUInt32LE(30 + name.length + packed.length, 16);
  return Buffer.concat([local, name, packed, entry, name, end]);
}

test("zeros behind an array that its header does not promise are not unpacked", async () => {
  const small = await peakOf("fromNpz", await fileOf("x.npz", encodeNpz({ x: base })));
  expect(small.outcome).toBe("[9,2]");
  const zeros = 2 ** 28;
  const large = await peakOf("fromNpz", await fileOf("x.npz", bomb(zeros)));
  expect(large.outcome).toContain(
    `must fill the file, got ${String(20 + zeros)} bytes instead of 20`,
  );
  // The file has 0.25 MB, one piece of it unpacks to 4.3 MB; all of it would be 256 MB, twice.
  expect(large.megabytes - small.megabytes).toBeLessThan(100);
});

test("an array that its header promises takes little more than its own size", async () => {
  const size = 2 ** 26;
  const npy = encodeNpy(new Uint8Array(size), "|u1", { shape: [2, size / 2] });
  const small = await peakOf("fromNpz", await fileOf("x.npz", encodeNpz({ x: base })));
  const large = await peakOf("fromNpz", await fileOf("x.npz", encodeNpz({ x: npy })));
  expect(large.outcome).toBe(`[1,${String(size / 2)}]`);
  // 64 MB unpacked and 64 MB divided into training and test examples; the rest are pieces and garbage.
  expect(large.megabytes - small.megabytes).toBeLessThan(128 + 100);
});

test("compressed bytes that go on after their end are refused soon", () => {
  const bytes = Buffer.concat([deflateRawSync(Buffer.alloc(10)), Buffer.alloc(2 ** 26)]);
  const start = performance.now();
  expect(() => inflate(bytes, 10, "raw")).toThrow("must end with their content, got others");
  // Milliseconds; joining all of the rest again and again takes minutes.
  expect(performance.now() - start).toBeLessThan(5000);
});

test("pieces stay small however well the bytes are packed", () => {
  const packed = deflateRawSync(Buffer.alloc(2 ** 25), { level: 9 });
  const lengths = Array.from(inflatePieces(packed, "raw"), ({ length }) => length);
  expect(lengths.reduce((total, length) => total + length, 0)).toBe(2 ** 25);
  expect(Math.max(...lengths)).toBeLessThan(4_300_000);
});
