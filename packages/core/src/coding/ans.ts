/**
 * @file Range asymmetric numeral systems: one whole number x that holds all that was coded, last in, first out. Source: Duda
 * 2013 (arXiv:1311.2540), in the streaming form with words of 16 bits. Frequencies add up to 2^24, and x stays in [2^36, 2^52),
 * so that every step is exact in float64 and a symbol costs its `-log2(frequency / 2^24)` to one part in 2^12.
 */

/** Bits of the sum of frequencies. */
export const countBits = 24;
/** The sum of the frequencies of all symbols. */
export const countTotal = 2 ** countBits;

const word = 2 ** 16;
const lowest = 2 ** 36;
/** Of x per unit of frequency, from which a symbol would leave the range. */
const highestPerCount = 2 ** 28;

/** Bytes of x in a file: 52 bits. */
const stateBytes = 7;

/** Where more words come from when there are none left. */
export type MoreWords = () => number;

/** A stack of symbols. */
export class AnsStack {
  private x: number = lowest;
  private words = new Uint16Array(1024);
  private length = 0;
  private readonly more: MoreWords | undefined;

  /** @param more gives random words of 16 bits where a stack that was empty is taken from (bits-back); default: refused */
  constructor(more?: MoreWords) {
    this.more = more;
  }

  /**
   * Puts a symbol on top, whose counts are `[start, start + frequency)` of 2^24.
   *
   * @param frequency at least 1
   */
  push(start: number, frequency: number): void {
    let { x } = this;
    for (const most = frequency * highestPerCount; x >= most;) {
      const low = x % word;
      this.append(low);
      x = (x - low) / word;
    }
    const rest = x % frequency;
    this.x = ((x - rest) / frequency) * countTotal + rest + start;
  }

  /** The count in [0, 2^24) that tells which symbol is on top. */
  peek(): number {
    return this.x % countTotal;
  }

  /** Takes the symbol that {@link peek} told of from the top. */
  pop(start: number, frequency: number): void {
    const slot = this.x % countTotal;
    let x = ((this.x - slot) / countTotal) * frequency + slot - start;
    while (x < lowest) x = x * word + this.take();
    this.x = x;
  }

  /** Whether everything that was put on it was taken from it. */
  get isEmpty(): boolean {
    return this.x === lowest && this.length === 0;
  }

  /** All that it holds. */
  toBytes(): Uint8Array {
    const out = new Uint8Array(stateBytes + 2 * this.length);
    for (let i = 0, rest = this.x; i < stateBytes; i++) {
      out[i] = rest % 256;
      rest = Math.floor(rest / 256);
    }
    for (let i = 0; i < this.length; i++) {
      out[stateBytes + 2 * i] = this.words[i] & 255;
      out[stateBytes + 2 * i + 1] = this.words[i] >> 8;
    }
    return out;
  }

  /**
   * A stack of {@link toBytes}.
   *
   * @throws Error for bytes that are none
   */
  static fromBytes(bytes: Uint8Array): AnsStack {
    const stack = new AnsStack();
    let x = 0;
    for (let i = stateBytes - 1; i >= 0; i--) x = x * 256 + bytes[i];
    const isOne = bytes.length >= stateBytes && bytes.length % 2 === stateBytes % 2;
    if (!isOne || !(x >= lowest && x < lowest * word)) {
      throw new Error("decompress: data must be what compress wrote, got others");
    }
    stack.x = x;
    for (let i = stateBytes; i < bytes.length; i += 2) stack.append(bytes[i] + 256 * bytes[i + 1]);
    return stack;
  }

  private append(value: number): void {
    if (this.length === this.words.length) {
      const larger = new Uint16Array(2 * this.length);
      larger.set(this.words);
      this.words = larger;
    }
    this.words[this.length++] = value;
  }

  private take(): number {
    if (this.length > 0) return this.words[--this.length];
    if (this.more !== undefined) return this.more();
    throw new Error("decompress: data must be what compress wrote, got an end before it");
  }
}
