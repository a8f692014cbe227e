/** What a worker thread of the WebAssembly kernels runs. */

/** What a worker makes its instance from. */
export interface WorkerStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Upper end of its stack. */
  readonly stack: number;
  /** Its working memory. */
  readonly scratch: number;
  readonly index: number;
}

/** What a worker that was started comes to. */
export interface WorkerEnds {
  /** It is about to work. */
  readonly ready: () => void;
  /** It cannot start. */
  readonly failed: () => void;
}

/** Starts a worker; throws, or calls `failed` later, where none can start. */
export type StartWorker = (data: WorkerStart, ends: WorkerEnds) => void;

/** What a worker runs; `data` and `ready` come from the platform. */
export const workerSource = `
  const instance = new WebAssembly.Instance(data.module, { env: { memory: data.memory } });
  instance.exports.__stack_pointer.value = data.stack;
  ready();
  instance.exports.worker(data.scratch, data.index);
`;
