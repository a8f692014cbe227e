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

/** Starts a worker, which calls back when it is about to work; where none can start, nobody calls. */
export type StartWorker = (data: WorkerStart, ready: () => void) => void;

/** What a worker runs; `data` and `ready` come from the platform. */
export const workerSource = `
  const instance = new WebAssembly.Instance(data.module, { env: { memory: data.memory } });
  instance.exports.__stack_pointer.value = data.stack;
  ready();
  instance.exports.worker(data.scratch, data.index);
`;
