/**
 * A small seeded generator: xoshiro128** (Blackman and Vigna, 2018, https://vigna.di.unimi.it/ftp/papers/ScrambledLinear.pdf)
 * on a state that the finalizer of MurmurHash3 spreads from the seed. 32-bit integer arithmetic only, so a seed gives
 * the same numbers in every JavaScript engine.
 */

/** Draws integers; every draw moves the generator on. */
export interface Generator {
  /** An integer from 0 to `bound - 1`, each equally likely; `bound` from 1 to 2^32. */
  below(bound: number): number;
}

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
export function generator(seed: number): Generator {
  const low = seed >>> 0;
  const high = Math.floor(seed / 2 ** 32) >>> 0;
  const state = new Uint32Array(4);
  for (let i = 0; i < 4; i++)
    state[i] = mix(mix(low + Math.imul(i + 1, 0x9e3779b9)) ^ mix(high + i));
  if (state.every((word) => word === 0)) state[0] = 1;

  const next = (): number => {
    const [a, b, c, d] = state as unknown as [number, number, number, number];
    const scrambled = Math.imul(b, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
    const third = c ^ a;
    const fourth = d ^ b;
    state[1] = b ^ third;
    state[0] = a ^ fourth;
    state[2] = third ^ (b << 9);
    state[3] = (fourth << 11) | (fourth >>> 21);
    return result;
  };
  return {
    below(bound) {
      // Draws beyond the last whole multiple of the bound are thrown away, or low numbers would be likelier.
      const limit = 2 ** 32 - (2 ** 32 % bound);
      let draw = next();
      while (draw >= limit) draw = next();
      return draw % bound;
    },
  };
}

/**
 * The numbers 0 to `count - 1` in an order drawn by the seed (Fisher-Yates).
 *
 * @returns `[count]`
 */
export function permutation(count: number, seed: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  const random = generator(seed);
  for (let i = count - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const kept = order[i];
    order[i] = order[j];
    order[j] = kept;
  }
  return order;
}
