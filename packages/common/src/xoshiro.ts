/**
 * xoshiro128** (Blackman and Vigna, 2018, https://vigna.di.unimi.it/ftp/papers/ScrambledLinear.pdf): a stream of 32-bit words of
 * period 2^128 - 1. Integer arithmetic only, so a state gives the same words in every JavaScript engine.
 */
export class Xoshiro {
  readonly #state: Uint32Array;

  /** @param state four words, which become the generator's own; how a seed is spread over them is the caller's affair */
  constructor(state: Uint32Array) {
    this.#state = state;
    // Zero is the one state that the generator never leaves.
    if ((state[0] | state[1] | state[2] | state[3]) === 0) state[0] = 1;
  }

  /** A uniform integer in `[0, 2^32)`. */
  uint32(): number {
    const s = this.#state;
    const s1 = s[1];
    const product = Math.imul(s1, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9);
    s[2] ^= s[0];
    s[3] ^= s1;
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= s1 << 9;
    s[3] = (s[3] << 11) | (s[3] >>> 21);
    return result >>> 0;
  }

  /**
   * A uniform integer in `[0, n)`, without modulo bias: words beyond the last multiple of `n` are drawn again.
   *
   * @throws RangeError unless `n` is an integer from 1 to 2^32
   */
  integer(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > 2 ** 32) {
      throw new RangeError(`integer: n must be an integer from 1 to 4294967296, got ${String(n)}`);
    }
    const limit = 2 ** 32 - (2 ** 32 % n);
    let word = this.uint32();
    while (word >= limit) word = this.uint32();
    return word % n;
  }

  /**
   * The integers `0 .. n - 1` in a uniformly random order (Fisher-Yates).
   *
   * @throws RangeError unless `n` is an integer from 0 to 2^31 - 1
   */
  permutation(n: number): Int32Array {
    if (!Number.isInteger(n) || n < 0 || n >= 2 ** 31) {
      throw new RangeError(
        `permutation: n must be an integer from 0 to 2147483647, got ${String(n)}`,
      );
    }
    const order = Int32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const kept = order[i];
      order[i] = order[j];
      order[j] = kept;
    }
    return order;
  }
}
