import { Worker } from "node:worker_threads";
import { reasonOf } from "@elbo/common";
import type { OpaqueImage } from "../../images/image.ts";
import type { Preparation } from "../../images/prepare.ts";
import type { WorkerAnswer, WorkerOrder } from "./imageWorker.ts";
import { PixelBudget } from "./pixelBudget.ts";
import { readImage } from "./readImage.ts";
import type { Sharp } from "./sharpDecoder.ts";

/** An image, or why there is none. */
export type ReadResult = WorkerAnswer;

/** How images are read, and by how many. */
export interface ReaderOptions {
  readonly preparation: Preparation;
  readonly sharp: Sharp | undefined;
  /** 1 reads in the thread that asks. */
  readonly threads: number;
}

/** Whether threads can be started: unbuilt sources run in them only where Node reads TypeScript. */
const isBuilt = !import.meta.url.endsWith(".ts");
const canStart = isBuilt || Boolean((process.features as { typescript?: unknown }).typescript);
const script = new URL(isBuilt ? "./imageWorker.js" : "./imageWorker.ts", import.meta.url);

/** Reads image files in threads; as many at a time as there are threads, and results in any order. */
export class ImageReader {
  readonly #options: ReaderOptions;
  readonly #workers: Worker[] = [];
  readonly #idle: Worker[] = [];
  readonly #waiting: { take: (worker: Worker) => void; fail: (error: Error) => void }[] = [];
  #isClosed = false;

  constructor(options: ReaderOptions) {
    this.#options = options;
    const { threads, preparation, sharp } = options;
    if (threads === 1 || !canStart) return;
    const budget = new PixelBudget();
    const workerData: WorkerOrder = {
      preparation,
      usesSharp: sharp !== undefined,
      budget: budget.shared,
    };
    for (let i = 0; i < threads; i++) this.#workers.push(new Worker(script, { workerData }));
    this.#idle.push(...this.#workers);
    // A worker without a task must not keep the process alive, nor fail unheard.
    for (const worker of this.#workers) worker.unref();
  }

  /** Most files that it pays to ask for at once. */
  get width(): number {
    return Math.max(1, this.#workers.length);
  }

  /** Reads a file; what is wrong with it comes as a reason. */
  async read(path: string): Promise<ReadResult> {
    if (this.#isClosed) throw closed();
    if (this.#workers.length === 0) {
      return readImage(path, this.#options).then(
        (image: OpaqueImage) => ({ image }),
        (error: unknown) => ({ reason: reasonOf(error) }),
      );
    }
    const worker =
      this.#idle.pop() ??
      (await new Promise<Worker>((take, fail) => this.#waiting.push({ take, fail })));
    try {
      return await this.#ask(worker, path);
    } finally {
      const next = this.#waiting.shift();
      if (next) next.take(worker);
      else this.#idle.push(worker);
    }
  }

  #ask(worker: Worker, path: string): Promise<ReadResult> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        worker.off("message", take).off("error", fail).off("exit", stop).unref();
      };
      const take = (answer: WorkerAnswer): void => {
        end();
        resolve(answer);
      };
      const fail = (error: Error): void => {
        end();
        reject(new Error(`a thread must read ${path}, got ${reasonOf(error)}`, { cause: error }));
      };
      const stop = (code: number): void => {
        fail(new Error(`its end with code ${String(code)}`));
      };
      worker.on("message", take).on("error", fail).on("exit", stop).ref();
      worker.postMessage(path);
    });
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { fail } of this.#waiting.splice(0)) fail(closed());
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

function closed(): Error {
  return new Error("read: the set must be open, got a closed one");
}
