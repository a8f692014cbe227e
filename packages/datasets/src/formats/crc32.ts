const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

/**
 * The CRC-32 of ZIP and PNG (polynomial 0xedb88320, reflected).
 *
 * @param bytes what to sum up
 * @param before the sum of the bytes that came before, to go on from there
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  let sum = ~before;
  for (let i = 0; i < bytes.length; i++) {
    sum = table[(sum ^ bytes[i]) & 255] ^ (sum >>> 8);
  }
  return ~sum >>> 0;
}
