/**
 * @file A 128-bit hash of paths, so that a generator can be named instead of saved. Each word goes into four lanes
 * by the round of MurmurHash3_x86_128 (A. Appleby, public domain) and the lanes are finished by its 32-bit mixer; the
 * round is a bijection of the word in every lane, so two paths that differ in one word never collide.
 */

const multiplyBefore = [0x239b961b, 0xab0e9789, 0x38b34ae5, 0xa1e38b93];
const multiplyAfter = [0xab0e9789, 0x38b34ae5, 0xa1e38b93, 0x239b961b];
const wordRotation = [15, 16, 17, 18];
const laneRotation = [19, 17, 15, 13];
const increment = [0x561ccd1b, 0x0bcaa747, 0x96cd1c35, 0x32ac3b17];

const integerTag = 1;
const stringTag = 2;

/** The four lanes before the first word. */
export const emptyKey: Readonly<Uint32Array> = Uint32Array.of(
  0x243f6a88,
  0x85a308d3,
  0x13198a2e,
  0x03707344,
);

/** Mixes one 32-bit word into the four lanes, in place. */
function absorbInto(key: Uint32Array, word: number): void {
  for (let lane = 0; lane < 4; lane++) {
    const mixed = rotateLeft(Math.imul(word, multiplyBefore[lane]), wordRotation[lane]);
    const joined = rotateLeft(
      key[lane] ^ Math.imul(mixed, multiplyAfter[lane]),
      laneRotation[lane],
    );
    key[lane] = Math.imul(joined + key[(lane + 1) & 3], 5) + increment[lane];
  }
}

/**
 * The key of a path element under a parent key: a pure function, so `("a", "b")` is `("a")` and then `("b")`.
 *
 * A string is its length and its UTF-16 units, an integer its two's complement in 64 bits; a tag keeps `1` and `"1"` apart.
 */
export function extendKey(parent: Readonly<Uint32Array>, element: string | number): Uint32Array {
  const key = Uint32Array.from(parent);
  if (typeof element === "string") {
    absorbInto(key, stringTag);
    absorbInto(key, element.length);
    for (let i = 0; i < element.length; i++) absorbInto(key, element.charCodeAt(i));
  } else {
    absorbInto(key, integerTag);
    absorbInto(key, element | 0);
    absorbInto(key, Math.floor(element / 2 ** 32) | 0);
  }
  return key;
}

/** The four words that a key stands for, every one depending on every bit of the key. */
export function finishKey(key: Readonly<Uint32Array>): Uint32Array {
  const words = Uint32Array.from(key);
  shareAcross(words);
  for (let lane = 0; lane < 4; lane++) words[lane] = finalMix(words[lane]);
  shareAcross(words);
  return words;
}

/** Adds the other lanes to the first and then the first to the others, as MurmurHash3_x86_128 does. */
function shareAcross(words: Uint32Array): void {
  words[0] += words[1] + words[2] + words[3];
  words[1] += words[0];
  words[2] += words[0];
  words[3] += words[0];
}

function finalMix(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function rotateLeft(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}
