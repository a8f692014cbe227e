/**
 * Threads of the WebAssembly kernels: workers that hold an instance of the same module over the same memory.
 *
 * A worker sleeps inside `worker` of native/wasm.c until a phase with several parts opens. Workers are started when first
 * asked for and work as soon as they are ready: until then, and where they cannot start, their parts are done by the
 * others. They keep no process alive.
 */
import type { WasmMemory } from "./wasmMemory.ts";
import type { StartWorker, WorkerEnds } from "./wasmWorker.ts";

/** What a module with threads exports besides; native/wasm.c says what each does. */
export interface ThreadExports {
  worker_bytes(): number;
  set_workers(count: number): void;
}

const stackBytes = 131_072;

/** What threads are made of. */
export interface ThreadParts {
  readonly module: WebAssembly.Module;
  readonly memory: WasmMemory;
  readonly exports: ThreadExports;
  readonly startWorker: StartWorker;
}

/** The threads of a module, the caller's included. */
export interface Threads {
  /** How many there can be at most: those that started, once one could not. */
  most(): number;
  /** Whether that is the number that was set last. */
  has(count: number): boolean;
  /** Sets how many there are. */
  use(count: number): void;
}

const mostThreads = 64;

/** Makes the threads of a module, which are started when first asked for. */
export function wasmThreads({ module, memory, exports, startWorker }: ThreadParts): Threads {
  let started = 0;
  let ready = 0;
  let failed = 0; // Node's permissions or the policy of a page forbid it: the other threads do its parts
  let wanted = 0;
  const set = (): void => {
    exports.set_workers(Math.min(ready, wanted));
  };
  const start = (): void => {
    const stack = memory.allocate(stackBytes).address + stackBytes;
    const scratch = memory.allocate(exports.worker_bytes()).address;
    const data = { module, memory: memory.memory, stack, scratch, index: started++ };
    let isStarting = true;
    const end = (isReady: boolean): void => {
      if (!isStarting) return;
      isStarting = false;
      if (isReady) ready++;
      else failed++;
      set();
    };
    const ends: WorkerEnds = {
      ready: () => {
        end(true);
      },
      failed: () => {
        end(false);
      },
    };
    try {
      startWorker(data, ends);
    } catch {
      ends.failed();
    }
  };
  return {
    most: () => (failed === 0 ? mostThreads : 1 + started - failed),
    has: (count) => count - 1 === wanted,
    use(count) {
      if (count - 1 === wanted) return;
      wanted = count - 1;
      while (started < wanted) start();
      set();
    },
  };
}
