import { reasonOf } from "@elbo/common";
import type { Preparation } from "../../images/prepare.ts";
import { canStartThreads, ImageThread } from "./imageThread.ts";
import type { ReadResult } from "./imageWorker.ts";
import { PixelLimit } from "./pixelLimit.ts";
import { readImage } from "./readImage.ts";
import type { Sharp } from "./sharpDecoder.ts";

export type { ReadResult } from "./imageWorker.ts";

/** How images are read, and by how many. */
export interface ReaderOptions {
  readonly preparation: Preparation;
  readonly sharp: Sharp | undefined;
  /** 1 reads in the thread that asks. */
  readonly threads: number;
}

/** Files that one thread reads at once: sharp and the disk work beside it; our own decoders do not. */
const depths = { sharp: 4, own: 2 } as const;

/** Reads image files, in threads where there are several; results come in any order. */
export class ImageReader {
  /** Most files that it pays to ask for at once. */
  readonly width: number;
  readonly #options: ReaderOptions;
  readonly #limit = new PixelLimit();
  readonly #threads: readonly ImageThread[];
  #isClosed = false;

  constructor(options: ReaderOptions) {
    this.#options = options;
    const { threads, preparation, sharp } = options;
    const count = threads > 1 && canStartThreads ? threads : 0;
    this.#threads = Array.from(
      { length: count },
      () =>
        new ImageThread({
          preparation,
          usesSharp: sharp !== undefined,
          limit: this.#limit.shared,
        }),
    );
    this.width = Math.max(1, count) * depths[sharp === undefined ? "own" : "sharp"];
  }

  /** Reads a file; what is wrong with it comes as a reason. */
  async read(path: string): Promise<ReadResult> {
    if (this.#isClosed) throw new Error("read: the set must be open, got a closed one");
    if (this.#threads.length > 0) {
      return this.#threads.reduce((a, b) => (b.load < a.load ? b : a)).read(path);
    }
    return readImage(path, { ...this.#options, limit: this.#limit }).then(
      (image) => ({ image }),
      (error: unknown) => ({ reason: reasonOf(error) }),
    );
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }
}
