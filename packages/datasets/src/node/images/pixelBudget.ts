import { maxPixels } from "../../images/image.ts";

/**
 * Pixels that may be decoded at one time by all threads together: as many as the largest image has, so that several threads take
 * no more memory for the largest images than one.
 */
export class PixelBudget {
  readonly shared: SharedArrayBuffer;
  readonly #free: Int32Array;

  /** @param shared that of another thread, or nothing for a new one */
  constructor(shared?: SharedArrayBuffer) {
    this.shared = shared ?? new SharedArrayBuffer(4);
    this.#free = new Int32Array(this.shared);
    if (shared === undefined) this.#free[0] = maxPixels;
  }

  /** Waits, with the whole thread, until that many pixels are free, and takes them. */
  take(pixels: number): void {
    for (;;) {
      const free = Atomics.load(this.#free, 0);
      if (free < pixels) Atomics.wait(this.#free, 0, free);
      else if (Atomics.compareExchange(this.#free, 0, free, free - pixels) === free) return;
    }
  }

  /** Gives pixels back. */
  give(pixels: number): void {
    Atomics.add(this.#free, 0, pixels);
    Atomics.notify(this.#free, 0);
  }
}
