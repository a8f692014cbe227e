import { Worker } from "node:worker_threads";
import type { ReadResult, WorkerAnswer, WorkerOrder, WorkerTask } from "./imageWorker.ts";

/** Whether threads can be started: unbuilt sources run in them only where Node reads TypeScript. */
const isBuilt = !import.meta.url.endsWith(".ts");
const script = new URL(isBuilt ? "./imageWorker.js" : "./imageWorker.ts", import.meta.url);

/** Whether a thread can run here at all. */
export const canStartThreads: boolean =
  isBuilt || Boolean((process.features as { typescript?: unknown }).typescript);

interface Pending {
  readonly resolve: (result: ReadResult) => void;
  readonly reject: (error: Error) => void;
}

/** One thread that reads image files; it keeps the process alive only while it reads. */
export class ImageThread {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #next = 0;

  constructor(workerData: WorkerOrder) {
    this.#worker = new Worker(script, { workerData });
    this.#worker.unref();
    this.#worker.on("message", ({ id, result }: WorkerAnswer) => {
      this.#pending.get(id)?.resolve(result);
      this.#settle(id);
    });
    this.#worker.on("error", (error: Error) => {
      this.#fail(error);
    });
    this.#worker.on("exit", (code) => {
      this.#fail(
        new Error(
          `read: a thread must run until it is closed, got its end with code ${String(code)}`,
        ),
      );
    });
  }

  /** How many files it is reading. */
  get load(): number {
    return this.#pending.size;
  }

  /** Reads a file. */
  read(path: string): Promise<ReadResult> {
    const task: WorkerTask = { id: this.#next++, path };
    return new Promise((resolve, reject) => {
      this.#pending.set(task.id, { resolve, reject });
      this.#worker.ref();
      this.#worker.postMessage(task);
    });
  }

  /** Ends the thread; what it was reading is rejected. */
  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #settle(id: number): void {
    this.#pending.delete(id);
    if (this.#pending.size === 0) this.#worker.unref();
  }

  #fail(error: Error): void {
    for (const [id, { reject }] of this.#pending) {
      reject(error);
      this.#settle(id);
    }
  }
}
