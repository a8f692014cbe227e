/** Writers of the formats that the package reads, for tests. */
import { crc32 } from "@elbo/common";
import { encode as encodePngImage } from "fast-png";
import { zipSync } from "fflate";
import { encode as encodeJpegImage } from "jpeg-js";

/** An NPY file (version 1) of values in the machine's byte order. */
export function encodeNpy(
  values: ArrayBufferView,
  type: string,
  { shape, fortran = false }: { shape: readonly number[]; fortran?: boolean },
): Uint8Array {
  const sizes = shape.length === 1 ? `${String(shape[0])},` : shape.join(", ");
  const text = `{'descr': '${type}', 'fortran_order': ${fortran ? "True" : "False"}, 'shape': (${sizes}), }`;
  const header = `${text.padEnd(117)}\n`;
  const bytes = new Uint8Array(10 + header.length + values.byteLength);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length & 255, header.length >> 8]);
  bytes.set(new TextEncoder().encode(header), 10);
  bytes.set(
    new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    10 + header.length,
  );
  return bytes;
}

/** An NPZ file of encoded arrays. */
export function encodeNpz(arrays: Record<string, Uint8Array>, level: 0 | 6 = 6): Uint8Array {
  const files = Object.entries(arrays).map(([key, bytes]) => [`${key}.npy`, bytes] as const);
  return zipSync(Object.fromEntries(files), { level });
}

/** A PNG file whose values count upwards from `first`. */
export function encodePng(
  width: number,
  height: number,
  { channels = 1, first = 0 }: { channels?: number; first?: number } = {},
): Uint8Array {
  const data = Uint8Array.from({ length: width * height * channels }, (_, i) => first + i);
  return encodePngImage({ width, height, data, channels });
}

/** A JPEG file of one colour. */
export function encodeJpeg(width: number, height: number, rgb: readonly number[]): Uint8Array {
  const data = Uint8Array.from({ length: width * height * 4 }, (_, i) =>
    i % 4 === 3 ? 255 : rgb[i % 4],
  );
  return Uint8Array.from(encodeJpegImage({ width, height, data }, 95).data);
}

/** A TAR file of small files. */
export function encodeTar(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const blocks: Uint8Array[] = [];
  for (const [name, content] of Object.entries(files)) {
    const header = new Uint8Array(512);
    const put = (text: string, at: number): void => {
      header.set(new TextEncoder().encode(text), at);
    };
    put(name, 0);
    put(content.length.toString(8).padStart(11, "0"), 124);
    put("        ", 148);
    put("0", 156);
    const sum = header.reduce((total, byte) => total + byte, 0);
    put(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    const padded = new Uint8Array(Math.ceil(content.length / 512) * 512);
    padded.set(content);
    blocks.push(header, padded);
  }
  blocks.push(new Uint8Array(1024));
  return Uint8Array.from(blocks.flatMap((block) => [...block]));
}

/** A chunk of a PNG file with its checksum. */
export function chunk(type: string, content: Uint8Array): number[] {
  const body = [...new TextEncoder().encode(type), ...content];
  const bytes = (value: number): number[] => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);
  return [...bytes(content.length), ...body, ...bytes(crc32(Uint8Array.from(body)))];
}
