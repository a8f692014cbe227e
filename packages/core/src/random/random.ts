import { Xoshiro } from "@elbo/common";
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
  private readonly stream: Xoshiro;
  private readonly nextWord = (): number => this.uint32();

  /**
   * @param seed any safe integer
   * @throws TypeError when it is not one
   */
  constructor(seed: number) {
    assertSafeInteger("Random: seed", seed);
    this.key = extendKey(emptyKey, seed);
    this.stream = new Xoshiro(finishKey(this.key));
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
      stream: new Xoshiro(finishKey(key)),
      nextWord: (): number => child.uint32(),
    });
  }

  /** A uniform integer in `[0, 2^32)`. */
  uint32(): number {
    return this.stream.uint32();
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
    return this.stream.integer(n);
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
    return this.stream.permutation(n);
  }
}

function assertSafeInteger(what: string, value: unknown): asserts value is number {
  if (!Number.isSafeInteger(value)) {
    throw new TypeError(`${what} must be a safe integer, got ${String(value)}`);
  }
}
