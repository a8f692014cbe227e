import type { KernelTime } from "@elbo/jit";
import type { Checked } from "./statistics.ts";

/** An array of a work in a file of little-endian float32, or of bytes. */
export interface StoredArray {
  readonly name: string;
  readonly shape: readonly number[];
  readonly file: string;
}

/** The images of a training end to end, values from 0 to 255. */
export interface StoredImages extends StoredArray {
  readonly epochs: number;
}

/** A work with its numbers, as contestants read it from a JSON file. */
export interface Manifest {
  readonly work: string;
  readonly model: string;
  readonly kind: "train" | "encode" | "decode" | "fit";
  readonly batch: number;
  readonly weights: readonly StoredArray[];
  /** Inputs of several batches, one after the other along the first axis. */
  readonly inputs: readonly StoredArray[];
  /** Of works that train end to end. */
  readonly images?: StoredImages;
}

/** What a contestant is asked to do, and what it answers. Each is one line of JSON; answers come in the order of the requests. */
export interface Requests {
  /** Gets ready to compute anything at all. */
  load: { request: object; answer: { versions: Record<string, string> } };
  /** Builds a work and runs its first step; ms from the work as data to the end of that step. */
  prepare: { request: { manifest: string }; answer: { firstStepMs: number } };
  /**
   * Runs steps without reading a result; ms per step: their mean, where steps are told apart the least, and the mean time on
   * processors, of all threads together.
   */
  time: { request: { steps: number }; answer: { ms: number; leastMs?: number; cpuMs: number } };
  /** The most memory that the process ever occupied, in bytes. */
  memory: { request: object; answer: { peakBytes: number } };
  /** Starts over and reports results. */
  check: { request: { steps: number; values: number }; answer: Checked };
  /** Kernel calls of a step with their times; the first time it is asked it switches the measurement on. */
  profile: { request: object; answer: { times: readonly KernelTime[] } };
  /** Frees what was prepared. */
  finish: { request: object; answer: object };
}

export type RequestName = keyof Requests;

/** An answer as it travels. */
export type Answer = { readonly result: unknown } | { readonly error: string };
