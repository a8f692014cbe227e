/** The kernels as a native library. */
import type { TypedArray } from "../types.ts";
import type { KernelHost, LoadedProgram } from "./kernelHost.ts";
import type { Block, Memory } from "./memory.ts";

/** What the library exports; native/addon.c says what each does. */
export interface Addon {
  load(words: Int32Array): object;
  bind(handle: object, regions: readonly TypedArray[]): void;
  run(handle: object): Promise<void>;
  runSync(handle: object): void;
  threads(count?: number): number;
  isa(name?: string): string;
  processor(): string;
  profile(handle: object, on?: boolean): Float64Array;
  release(handle: object): void;
  allocate(bytes: number): ArrayBuffer;
  detach(buffer: ArrayBuffer): void;
}

/** Makes a loaded library what programs run on. */
export function addonHost(addon: Addon, usualThreads: number): KernelHost {
  return {
    name: "native",
    instructionSet: addon.isa(),
    memory: addonMemory(addon),
    anyMemory: true,
    usualThreads,
    mostThreads: 64,
    useThreads(count) {
      if (addon.threads() !== count) addon.threads(count);
    },
    load: (words, isBrief) => loadProgram(addon, words, isBrief),
  };
}

function addonMemory(addon: Addon): Memory {
  const memory: Memory = {
    most: Infinity,
    allocate(bytes): Block {
      const buffer = addon.allocate(bytes);
      const array = new Uint8Array(buffer);
      return {
        memory,
        bytes: () => array,
        release: () => {
          addon.detach(buffer);
        },
      };
    },
  };
  return memory;
}

function loadProgram(addon: Addon, words: Int32Array, isBrief: boolean): LoadedProgram {
  const handle = addon.load(words);
  let profiling = false;
  let bound: TypedArray[] = [];
  return {
    async run(regions, lasting) {
      if (regions.length !== bound.length || regions.some((region, i) => region !== bound[i])) {
        bound = [...regions];
        addon.bind(handle, bound);
      }
      try {
        if (isBrief) addon.runSync(handle);
        else await addon.run(handle);
      } finally {
        // The library holds the list: feeds and results that are the caller's must not live as long as the program.
        if (bound.length > lasting) bound.length = 0;
      }
    },
    profile() {
      const times = profiling ? addon.profile(handle) : addon.profile(handle, true);
      profiling = true;
      return Array.from(times, (ns) => ns / 1e6);
    },
    release: () => {
      addon.release(handle);
    },
  };
}
