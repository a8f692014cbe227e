/** Damaged files end in one sentence: never in a crash of another kind, a hang or a huge allocation. */
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { encode } from "fast-png";
import { expect, test } from "vitest";
import { fromCsv, fromNpy, fromNpz } from "../src/index.ts";
import { decodeIdx, encodeIdx, openIdx } from "../src/formats/idx.ts";
import { decodeNpy } from "../src/formats/npy.ts";
import { openNpz } from "../src/formats/npz.ts";
import { decodeImage } from "../src/images/decode.ts";
import { decodeJpeg } from "../src/images/jpeg.ts";
import { decodePng } from "../src/images/png.ts";
import { chunk, encodeJpeg, encodeNpy, encodeNpz, encodePng } from "./encode.ts";

/** A copy of a file that is cut, has bytes changed, runs doubled or zeroed. */
function damaged(file: Uint8Array): fc.Arbitrary<Uint8Array> {
  const place = fc.nat(file.length - 1);
  const flips = fc.array(fc.tuple(place, fc.integer({ min: 1, max: 255 })), { maxLength: 6 });
  const run = fc.option(fc.tuple(place, fc.nat(64), fc.constantFrom(0, 255)));
  return fc.record({ flips, run, end: fc.option(place), tail: fc.nat(3) }).map((damage) => {
    const copy = Uint8Array.from([...file, ...new Uint8Array(damage.tail)]);
    for (const [at, mask] of damage.flips) copy[at] = (copy[at] ?? 0) ^ mask;
    if (damage.run) copy.fill(damage.run[2], damage.run[0], damage.run[0] + damage.run[1]);
    return copy.subarray(0, damage.end ?? copy.length);
  });
}

/** Reads damaged copies; whatever is thrown is one sentence, soon and without much memory. */
function survives(
  files: readonly Uint8Array[],
  read: (bytes: Uint8Array) => unknown,
  runs = 300,
): void {
  fc.assert(
    fc.property(fc.oneof(...files.map(damaged)), (bytes) => {
      const before = process.memoryUsage().arrayBuffers;
      const start = performance.now();
      try {
        read(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
        expect((error as Error).message).toMatch(/^[a-zA-Z]+: [^\n]+, got [^\n]*$/u);
      }
      expect(performance.now() - start).toBeLessThan(2000);
      // Tens of megabytes are the buffers of decoders; a declared size would be gigabytes.
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(3e8);
    }),
    { numRuns: runs },
  );
}

const npy = encodeNpy(
  Float32Array.from({ length: 24 }, (_, i) => i),
  "<f4",
  { shape: [2, 3, 4] },
);
const fortran = encodeNpy(
  Uint8Array.from({ length: 24 }, (_, i) => i),
  "|u1",
  {
    shape: [4, 6],
    fortran: true,
  },
);
const half = encodeNpy(Uint16Array.of(0x3c00, 0x7c00, 1, 0), "<f2", { shape: [4] });
const text = encodeNpy(Uint32Array.of(0xe9, 0x1f642, 0x61, 0), "<U2", { shape: [2] });
const gradient = Uint8Array.from({ length: 24 * 20 * 3 }, (_, i) => (i * 5) % 256);

test("IDX", () => {
  const idx = encodeIdx({ data: new Uint8Array(60), shape: [3, 4, 5] });
  const floats = Uint8Array.from(idx, (byte, i) => (i === 2 ? 13 : i === 15 ? 5 : byte)).subarray(
    0,
    76,
  );
  survives([idx, floats, gzipSync(idx)], (bytes) => decodeIdx(openIdx(bytes)));
});

test("NPY", () => {
  survives([npy, fortran, half, text], (bytes) => {
    const { data } = decodeNpy(bytes);
    for (let i = 0; i < data.length; i++) data.at(i);
  });
});

test("NPZ, deflated and stored", () => {
  const read = (bytes: Uint8Array): void => {
    const npz = openNpz(bytes);
    for (const key of npz.keys) npz.read(key);
  };
  survives([encodeNpz({ x: npy, y: fortran }), encodeNpz({ x: npy, y: fortran }, 0)], read);
});

test("PNG of every colour type", () => {
  const files = [1, 2, 3, 4].map((channels) => encodePng(5, 4, { channels }));
  const interlaced = encode(
    { width: 24, height: 20, channels: 3, data: gradient },
    { interlace: "Adam7" },
  );
  survives([...files, interlaced], decodePng);
});

test("PNG whose chunks carry the right checksums again", () => {
  // Damage that a checksum would reveal first must not hide what lies behind it.
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 13, maxLength: 13 }),
      fc.uint8Array({ maxLength: 40 }),
      (header, rows) => {
        const base = encodePng(3, 3);
        const small = Uint8Array.from(header, (byte, i) => (i % 4 === 3 || i > 7 ? byte % 9 : 0));
        const bytes = rebuild(base, { IHDR: small, IDAT: rows });
        try {
          decodePng(bytes);
        } catch (error) {
          expect((error as Error).message).toMatch(/^[a-zA-Z]+: [^\n]+, got [^\n]*$/u);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test("JPEG", () => {
  survives([encodeJpeg(16, 16, [9, 99, 200])], decodeJpeg, 200);
});

test("bytes that are no image at all", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(() => decodeImage(bytes)).toThrow(/^[a-zA-Z]+: [^\n]+, got [^\n]*$/u);
    }),
  );
});

test("what the public functions throw names them and the file", async () => {
  await fc.assert(
    fc.asyncProperty(
      damaged(encodeNpz({ x: npy })),
      damaged(npy),
      fc.string(),
      async (z, y, text) => {
        const runs = [
          fromNpz(z, { data: "x" }),
          fromNpy(y),
          fromCsv(new TextEncoder().encode(text), { label: 0 }),
        ];
        const results = await Promise.allSettled(runs);
        results.forEach((result, i) => {
          if (result.status === "fulfilled") return;
          const { message } = result.reason as Error;
          const caller = ["fromNpz", "fromNpy", "fromCsv"][i];
          expect(message.startsWith(`${caller}: `)).toBe(true);
          expect(message).not.toContain("\n");
        });
      },
    ),
    { numRuns: 200 },
  );
});

/** A PNG file with the content of some chunks replaced and all checksums right. */
function rebuild(file: Uint8Array, contents: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const parts: number[] = [...file.subarray(0, 8)];
  for (let at = 8; at < file.length; at += 12 + view.getUint32(at)) {
    const type = String.fromCharCode(...file.subarray(at + 4, at + 8));
    const content = contents[type] ?? file.subarray(at + 8, at + 8 + view.getUint32(at));
    parts.push(...chunk(type, content));
  }
  return Uint8Array.from(parts);
}
