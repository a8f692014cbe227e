import type { TypedArray } from "../types.ts";
import type { Memory } from "./memory.ts";

/** What a run of a program is given. */
export interface RunMemory {
  /** One array per region. */
  readonly regions: readonly TypedArray[];
  /** What comes behind so many regions is let go afterwards. */
  readonly lasting: number;
  /** Called once the run is handed over to threads of its own, which take runs in order: the next may be, too. */
  readonly handedOver: () => void;
}

/** A loaded program of kernel calls. */
export interface LoadedProgram {
  /** Runs it over the given memory. */
  run(memory: RunMemory): Promise<void>;
  /** Milliseconds that each instruction took since the first call, which switches the measurement on. */
  profile(): readonly number[];
  release(): void;
}

/** What runs programs: the native kernels or the same in WebAssembly. */
export interface KernelHost {
  readonly name: "native" | "wasm" | "portable";
  /** Instructions that the kernels use, such as `avx2`. */
  readonly instructionSet: string;
  /** Where its programs compute. */
  readonly memory: Memory;
  /** Whether programs can compute in other memory than that. */
  readonly anyMemory: boolean;
  /** Threads that it runs on when nobody asks for a number. */
  readonly usualThreads: number;
  /** Most threads that it can run on here; fewer once it shows that some cannot be started. */
  readonly mostThreads: number;
  /** Whether it runs on so many threads now. */
  hasThreads(count: number): boolean;
  /** Sets the number of threads of the programs that run next; results do not depend on it. No program may be running. */
  useThreads(count: number): void;
  /** Makes a program ready; `isBrief`: over before another thread would have begun, so that it may run where it is called. */
  load(words: Int32Array, isBrief: boolean): LoadedProgram;
}
