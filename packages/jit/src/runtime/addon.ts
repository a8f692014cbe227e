/** The kernels as a native library. */
import type { TypedArray } from "../types.ts";
import type { KernelHost, LoadedProgram, RunMemory } from "./kernelHost.ts";
import type { Block, Memory } from "./memory.ts";

/** What the library exports; native/addon.c says what each does. */
export interface Addon {
  load(words: Int32Array): object;
  bind(handle: object, regions: readonly TypedArray[]): void;
  run(handle: object): Promise<void>;
  runSync(handle: object): void;
  threads(count?: number): number;
  isa(): string;
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
    hasThreads: (count) => addon.threads() === count,
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

/** A program in the library, with the memory that it is bound to. */
class Bound {
  readonly handle: object;
  /** Resolves once no run of it is under way. */
  free: Promise<unknown> = Promise.resolve();
  readonly #addon: Addon;
  #regions: TypedArray[] = [];

  constructor(addon: Addon, words: Int32Array) {
    this.#addon = addon;
    this.handle = addon.load(words);
  }

  /** Runs where it is called. */
  runHere({ regions, lasting }: RunMemory): void {
    try {
      this.#bind(regions);
      this.#addon.runSync(this.handle);
    } finally {
      this.#letGo(lasting);
    }
  }

  /** Runs on the library's threads. */
  async run({ regions, lasting, handedOver }: RunMemory): Promise<void> {
    try {
      this.#bind(regions);
      const running = this.#addon.run(this.handle);
      handedOver();
      await running;
    } finally {
      this.#letGo(lasting);
    }
  }

  #bind(regions: readonly TypedArray[]): void {
    const bound = this.#regions;
    if (regions.length === bound.length && regions.every((region, i) => region === bound[i]))
      return;
    this.#regions = [...regions];
    this.#addon.bind(this.handle, this.#regions);
  }

  /** The library holds the list: feeds and results that are the caller's must not live as long as the program. */
  #letGo(lasting: number): void {
    if (this.#regions.length > lasting) this.#regions.length = 0;
  }
}

/** Loads a program; a long one twice, so that a run can be bound to its memory and handed over while another is under way. */
function loadProgram(addon: Addon, words: Int32Array, isBrief: boolean): LoadedProgram {
  const copies = Array.from({ length: isBrief ? 1 : 2 }, () => new Bound(addon, words));
  let profiling = false;
  let turn = 0;
  return {
    async run(memory) {
      const bound = copies[turn];
      if (isBrief) {
        bound.runHere(memory);
        return;
      }
      turn = 1 - turn;
      const running = bound.free.then(() => bound.run(memory));
      bound.free = running.catch(() => undefined);
      await running;
    },
    profile() {
      const times = copies.map(({ handle }) =>
        profiling ? addon.profile(handle) : addon.profile(handle, true),
      );
      profiling = true;
      return Array.from(times[0], (_, i) => times.reduce((sum, of) => sum + of[i], 0) / 1e6);
    },
    release: () => {
      for (const { handle } of copies) addon.release(handle);
    },
  };
}
