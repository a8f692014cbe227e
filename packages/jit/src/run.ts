/** Runs plans that were written to files, by the kernels in WebAssembly alone: no TensorFlow.js, no compiler. */
import { checkFeed, decodePlan } from "./plan/planFile.ts";
import { checkInto } from "./runtime/into.ts";
import type { KernelHost } from "./runtime/kernelHost.ts";
import { allocateRegion } from "./runtime/memory.ts";
import { loadPlan as load, releasePlan, runLoaded } from "./runtime/runPlan.ts";
import { wasmHost } from "./runtime/wasmHost.ts";
import type { DType, NdArray, TypedArray } from "./types.ts";

/** Name, shape and type of what goes in or comes out. */
export interface PlanArray {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** A plan that is ready to run. */
export interface PlanRunner {
  readonly feeds: readonly PlanArray[];
  readonly outputs: readonly PlanArray[];
  /**
   * Runs the program once and advances its state.
   *
   * @param options `into`: arrays that take results, by output, as in calls of compiled functions
   * @throws Error after {@link dispose}; RangeError when a feed is missing or does not fit, or an array that is to take a result does not
   */
  run(
    feeds: Readonly<Record<string, TypedArray>>,
    options?: { readonly into?: Readonly<Record<string, TypedArray>> },
  ): Promise<Record<string, NdArray>>;
  /** Frees its memory. */
  dispose(): void;
}

/**
 * Loads a plan that `toPlan` of a compiled function wrote.
 *
 * @param file the bytes of the plan
 * @param kernels the bytes of `@elbo/jit/wasm`, whose results have the same bits on every machine, or the module compiled from them
 * @throws TypeError or RangeError when the file is no plan of this version, or the kernels are others
 */
export async function loadPlan(
  file: Uint8Array,
  kernels: Uint8Array<ArrayBuffer> | WebAssembly.Module,
): Promise<PlanRunner> {
  const stored = decodePlan(file);
  const host = await hostOf(kernels);
  const loaded = load(host, stored);
  const states = stored.values.map((values) => {
    const dtype =
      values instanceof Int32Array ? "int32" : values instanceof Float32Array ? "float32" : "bool";
    const region = allocateRegion(host.memory, dtype, values.length);
    region.view().set(values);
    return region.block;
  });
  let isDisposed = false;
  const shown = (list: typeof stored.feeds): PlanArray[] =>
    list.map(({ name, shape, dtype }) => ({ name, shape, dtype }));
  return {
    feeds: shown(stored.feeds),
    outputs: shown(stored.outputs),
    async run(given, { into } = {}) {
      if (isDisposed) throw new Error("run: a plan must not be used after dispose(), got a call");
      const feeds = Object.fromEntries(
        stored.feeds.map((feed) => [feed.name, checkFeed(feed, given[feed.name])]),
      );
      if (into) checkInto("run", { into, feeds, outputs: stored.outputs });
      return runLoaded(host, loaded, { feeds, states, into });
    },
    dispose() {
      if (isDisposed) return;
      isDisposed = true;
      releasePlan(loaded);
      for (const block of states) block.release();
    },
  };
}

/** Makes an instance of the kernels that a caller has. */
async function hostOf(kernels: Uint8Array<ArrayBuffer> | WebAssembly.Module): Promise<KernelHost> {
  try {
    const module =
      kernels instanceof WebAssembly.Module ? kernels : await WebAssembly.compile(kernels);
    const instructionSet = "simd128";
    return await wasmHost({ module, shared: false, name: "portable", instructionSet });
  } catch (error) {
    throw new TypeError(
      `loadPlan: kernels must be the bytes of @elbo/jit/wasm or a module of them, got ${String(error)}`,
      { cause: error },
    );
  }
}
