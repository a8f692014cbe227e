import { Xoshiro } from "@elbo/common";

/** The finalizer of MurmurHash3. */
function mix(value: number): number {
  let h = value >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * A generator that repeats itself for equal seeds.
 *
 * @param seed integer from 0 to 2^53 - 1
 */
export function generator(seed: number): Xoshiro {
  const low = seed >>> 0;
  const high = Math.floor(seed / 2 ** 32) >>> 0;
  return new Xoshiro(
    Uint32Array.from({ length: 4 }, (_, i) =>
      mix(mix(low + Math.imul(i + 1, 0x9e3779b9)) ^ mix(high + i)),
    ),
  );
}
