import type { ArraySpec, Filling } from "./work.ts";

/**
 * A seeded generator of uniform numbers in [0, 1), multiples of 2^-24: exact in float32. Its own rather than the library's, so that the
 * numbers that are timed stay the same whatever changes there. Source: Tommy Ettinger's mulberry32 (public domain).
 */
export function uniformStream(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 8) / 2 ** 24;
  };
}

/**
 * Fills arrays by name: each from its own stream, so that adding one leaves the others as they are.
 *
 * @param specs shapes and fillings; a copy comes after what it copies
 * @param seed any integer
 * @param copies how many arrays of that shape follow one another in each result
 */
export function fillArrays(
  specs: readonly ArraySpec[],
  seed: number,
  copies = 1,
): Record<string, Float32Array> {
  const arrays: Record<string, Float32Array> = {};
  for (const { name, shape, filling } of specs) {
    const size = copies * shape.reduce((product, length) => product * length, 1);
    const stream = uniformStream(seed + hash(name));
    arrays[name] =
      filling.kind === "copy" ? arrays[filling.of].slice() : fill(filling, size, stream);
  }
  return arrays;
}

function fill(filling: Filling, size: number, uniform: () => number): Float32Array {
  const array = new Float32Array(size);
  const next = drawer(filling, uniform);
  for (let i = 0; i < size; i++) array[i] = next();
  return array;
}

function drawer(filling: Filling, uniform: () => number): () => number {
  switch (filling.kind) {
    case "uniform":
      return () => filling.scale * (2 * uniform() - 1);
    case "unit":
      return uniform;
    case "normal": // Box and Muller
      return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
    case "binary":
      return runs(uniform);
    default:
      return () => 1;
  }
}

/** Zeros and ones in runs, a third of them ones: nearer to images than coin flips are. */
function runs(uniform: () => number): () => number {
  let value = 0;
  let left = 0;
  return () => {
    if (left-- <= 0) {
      value = uniform() < 1 / 3 ? 1 : 0;
      left = Math.floor(uniform() * 12);
    }
    return value;
  };
}

function hash(text: string): number {
  let value = 2166136261;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 16777619);
  return value >>> 8;
}
