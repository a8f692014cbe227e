/** The kernels in WebAssembly: one module with threads over a shared memory where that is possible, one without elsewhere. */
import type { TypedArray } from "../types.ts";
import type { KernelHost, LoadedProgram } from "./kernelHost.ts";
import { wasmMemory, type WasmMemory } from "./wasmMemory.ts";
import { wasmThreads, type ThreadExports, type Threads } from "./wasmThreads.ts";
import type { StartWorker } from "./wasmWorker.ts";

/** What the module exports; native/wasm.c says what each does. */
interface Exports extends Partial<ThreadExports> {
  readonly __heap_base: WebAssembly.Global;
  check(words: number, length: number, sizes: number): number;
  run(words: number, regions: number, from: number, to: number): number;
}

/** A module and what it needs. */
export interface WasmModule {
  readonly module: WebAssembly.Module;
  /** Whether it takes a shared memory. */
  readonly shared: boolean;
  /** The engine that it is. */
  readonly name: "wasm" | "portable";
  /** What it is compiled for, such as `simd128`. */
  readonly instructionSet: string;
  /** Threads that it runs on when nobody asks for a number, 1 by default. */
  readonly threads?: number;
  /** How its threads are started, where the memory is shared. */
  readonly startWorker?: StartWorker;
}

/** Makes an instance of the module what programs run on. */
export async function wasmHost({
  module,
  shared,
  name,
  instructionSet,
  threads = 1,
  startWorker,
}: WasmModule): Promise<KernelHost> {
  const memory = wasmMemory(shared);
  const instance = await WebAssembly.instantiate(module, { env: { memory: memory.memory } });
  const exports = instance.exports as unknown as Exports;
  memory.setBase(exports.__heap_base.value as number);
  const many =
    shared && startWorker
      ? wasmThreads({ module, memory, exports: exports as ThreadExports, startWorker })
      : oneThread;
  return {
    name,
    instructionSet,
    memory,
    anyMemory: false,
    usualThreads: threads,
    get mostThreads() {
      return many.most();
    },
    hasThreads: (count) => many.has(count),
    useThreads(count) {
      many.use(count);
    },
    load: (words) => loadProgram({ exports, memory }, words),
  };
}

const oneThread: Threads = {
  most: () => 1,
  has: (count) => count === 1,
  use() {
    // It is there.
  },
};

interface Instance {
  readonly exports: Exports;
  readonly memory: WasmMemory;
}

const faults: Readonly<Record<number, string>> = {
  1: "indices must be in range, got one that is not",
};

function loadProgram({ exports, memory }: Instance, words: Int32Array): LoadedProgram {
  const program = memory.allocate(words.byteLength);
  new Int32Array(memory.memory.buffer, program.address, words.length).set(words);
  const regionCount = words[2];
  const instructionCount = words[5];
  const addresses = memory.allocate(regionCount * 4);
  const sizes = memory.allocate(regionCount * 8);
  const times = new Float64Array(instructionCount);
  let profiling = false;
  let checked = false;

  const bind = (regions: readonly TypedArray[]): void => {
    const places = new Uint32Array(memory.memory.buffer, addresses.address, regionCount);
    regions.forEach((region, i) => (places[i] = region.byteOffset));
    if (checked) return;
    const lengths = new BigUint64Array(memory.memory.buffer, sizes.address, regionCount);
    regions.forEach((region, i) => (lengths[i] = BigInt(region.byteLength)));
    const wrong = exports.check(program.address, words.length, sizes.address);
    if (wrong !== 0) throw new Error(`internal: ${textAt(memory, wrong)}`);
    checked = true;
  };

  const runPart = (from: number, to: number): void => {
    const fault = exports.run(program.address, addresses.address, from, to);
    if (fault !== 0) throw new RangeError(`jit: ${faults[fault & 255] ?? `fault ${fault}`}`);
  };

  return {
    run({ regions }) {
      bind(regions);
      if (!profiling) {
        runPart(0, -1);
        return Promise.resolve();
      }
      for (let i = 0; i < instructionCount; i++) {
        const started = performance.now();
        runPart(i, i + 1);
        times[i] += performance.now() - started;
      }
      return Promise.resolve();
    },
    profile() {
      profiling = true;
      return [...times];
    },
    release() {
      for (const block of [program, addresses, sizes]) block.release();
    },
  };
}

function textAt({ memory }: WasmMemory, address: number): string {
  const bytes = new Uint8Array(memory.buffer, address);
  return new TextDecoder().decode(bytes.slice(0, bytes.indexOf(0)));
}
