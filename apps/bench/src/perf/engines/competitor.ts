import type { KernelTime } from "@elbo/jit";
import type { Work } from "../cases/work.ts";
import type { Checked } from "../statistics.ts";

/** The numbers that a work starts from. */
export interface WorkArrays {
  readonly weights: Readonly<Record<string, Float32Array>>;
  /** Inputs of several batches, one after the other. */
  readonly inputs: Readonly<Record<string, Float32Array>>;
  /** Of works that train end to end. */
  readonly images?: FitImages;
}

/** What a training end to end learns from. */
export interface FitImages {
  /** Values from 0 to 255, an image after the other. */
  readonly data: Uint8Array;
  /** `[count, height, width, channels]` */
  readonly shape: readonly number[];
  readonly epochs: number;
}

/** A work made ready by one engine. */
export interface Instance {
  /** Runs a step, an encoding or decoding, or a whole training, and waits for its end; one with `settle` waits for the end of the step before. */
  step(): Promise<unknown>;
  /** Waits for the last step. */
  settle?(): Promise<void>;
  /**
   * Starts over from the first numbers and reports what comes out.
   *
   * @param steps training steps
   * @param values how many decoded (or encoded) values of the first batch are returned
   */
  check(steps: number, values: number): Promise<Checked>;
  /** Times of the kernel calls of a step, where the engine has them; the first call switches the measurement on. */
  profile?(): Promise<readonly KernelTime[]>;
  dispose(): void;
}

/** An engine in a process of its own. */
export interface Competitor {
  /** Loads it; the versions that its numbers depend on. */
  load(threads: number): Promise<Record<string, string>>;
  prepare(work: Work, arrays: WorkArrays): Instance | Promise<Instance>;
}

/** The arrays of one batch out of those of several. */
export function batchOf(
  work: Work,
  inputs: WorkArrays["inputs"],
  index: number,
): Record<string, Float32Array> {
  return Object.fromEntries(
    work.inputs.map(({ name, shape }) => {
      const size = shape.reduce((product, length) => product * length, 1);
      return [name, inputs[name].subarray(index * size, (index + 1) * size)];
    }),
  );
}
