import { maxPixels } from "../../images/image.ts";

/** Images up to this many pixels are decoded freely: a few threads with a few such images each take little memory. */
const smallImage = 2 ** 20;

/**
 * Keeps large images from being decoded all at the same time: in one thread one after the other, and in all threads together no
 * more pixels than the largest image has, so that several threads take little more memory than one.
 */
export class PixelLimit {
  readonly shared: SharedArrayBuffer;
  readonly #free: Int32Array;
  #last: Promise<unknown> = Promise.resolve();

  /** @param shared that of another thread, or nothing for a new one */
  constructor(shared?: SharedArrayBuffer) {
    this.shared = shared ?? new SharedArrayBuffer(4);
    this.#free = new Int32Array(this.shared);
    if (shared === undefined) this.#free[0] = maxPixels;
  }

  /** Runs what decodes an image of so many pixels, when its turn has come. */
  async run<T>(pixels: number, decode: () => Promise<T>): Promise<T> {
    if (pixels <= smallImage) return decode();
    const turn = this.#last.then(() => this.#runAlone(Math.min(pixels, maxPixels), decode));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #runAlone<T>(pixels: number, decode: () => Promise<T>): Promise<T> {
    this.#take(pixels);
    try {
      return await decode();
    } finally {
      Atomics.add(this.#free, 0, pixels);
      Atomics.notify(this.#free, 0);
    }
  }

  /** Waits, with the whole thread, which itself holds none, until other threads give that many pixels back. */
  #take(pixels: number): void {
    for (;;) {
      const free = Atomics.load(this.#free, 0);
      if (free < pixels) Atomics.wait(this.#free, 0, free);
      else if (Atomics.compareExchange(this.#free, 0, free, free - pixels) === free) return;
    }
  }
}
