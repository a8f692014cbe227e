import { emptyKey, extendKey, finishKey } from "./hash.ts";
import { naturalLog } from "./naturalLog.ts";
import { fillNormal } from "./normal.ts";

const step24 = 2 ** -24;
const step32 = 2 ** -32;

/**
 * A seeded stream of random numbers whose children are found by name.
 *
 * `fork(...path)` depends on the seed and the path alone, never on what was drawn before, so `new Random(seed).fork("noise", step)`
 * gives the noise of a step without any saved state. The stream is xoshiro128** (Blackman and Vigna, 2018; period 2^128 - 1), and all
 * floating point work is exactly rounded, so the same seed gives the same bytes in every JavaScript engine.
 */
export class Random {
  private readonly key: Readonly<Uint32Array>;
  private readonly state: Uint32Array;
  private readonly nextWord = (): number => this.uint32();

  /**
   * @param seed any safe integer
   * @throws TypeError when it is not one
   */
  constructor(seed: number) {
    assertSafeInteger("Random: seed", seed);
    this.key = extendKey(emptyKey, seed);
    this.state = startState(this.key);
  }

  /**
   * A new generator for a path of names and numbers; `fork("a", 1)` equals `fork("a").fork(1)`.
   *
   * @throws TypeError when an element is neither a string nor a safe integer, or there is none
   */
  fork(...path: readonly (string | number)[]): Random {
    if (path.length === 0) throw new TypeError("fork: the path must have an element, got none");
    let key = this.key;
    for (const element of path) {
      if (typeof element !== "string") assertSafeInteger("fork: path element", element);
      key = extendKey(key, element);
    }
    // Skips the constructor, which takes a seed.
    const child = Object.create(Random.prototype) as Random;
    return Object.assign(child, {
      key,
      state: startState(key),
      nextWord: (): number => child.uint32(),
    });
  }

  /** A uniform integer in `[0, 2^32)`. */
  uint32(): number {
    const s = this.state;
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

  /** A uniform multiple of 2^-32 in `[0, 1)`. */
  uniform(): number {
    return this.uint32() * step32;
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

  /** Fills `out` with uniform multiples of 2^-24 in `[0, 1)`: what float32 holds exactly, so never 1. */
  fillUniformInto(out: Float32Array): void {
    for (let i = 0; i < out.length; i++) out[i] = (this.uint32() >>> 8) * step24;
  }

  /** Fills `out` with draws of N(0, 1). */
  fillNormalInto(out: Float32Array): void {
    fillNormal(out, this.nextWord);
  }

  /** Fills `out` with draws of the standard Gumbel distribution, `-ln(-ln u)` with `u` in `[2^-33, 1 - 2^-33]`. */
  fillGumbelInto(out: Float32Array): void {
    for (let i = 0; i < out.length; i++) {
      out[i] = -naturalLog(-naturalLog((this.uint32() + 0.5) * step32));
    }
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

function startState(key: Readonly<Uint32Array>): Uint32Array {
  const state = finishKey(key);
  // Zero is the one state that xoshiro never leaves.
  if ((state[0] | state[1] | state[2] | state[3]) === 0) state[0] = 1;
  return state;
}

function assertSafeInteger(what: string, value: unknown): asserts value is number {
  if (!Number.isSafeInteger(value)) {
    throw new TypeError(`${what} must be a safe integer, got ${String(value)}`);
  }
}
