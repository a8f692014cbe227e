import * as tf from "@tensorflow/tfjs-core";
import { jit, useOnnxRuntime } from "@elbo/jit";
import type {
  CallOptions,
  CompiledFunction,
  EngineName,
  FeedValue,
  KernelTime,
  NdArray,
} from "@elbo/jit";
import { batches } from "../cases/work.ts";
import { batchOf } from "./competitor.ts";
import { loadTfjsNode } from "./tfjsNode.ts";
import type { StepWork, WorkFunction } from "../cases/work.ts";
import type { Checked } from "../statistics.ts";
import type { Instance, Competitor, WorkArrays } from "./competitor.ts";

/** An engine of `@elbo/jit`; under `eager` also the TF.js backend that computes. */
export interface TfjsSetup {
  readonly engine: EngineName;
  readonly backend?: "cpu" | "wasm" | "tensorflow";
  /** Runs engine onnx on onnxruntime-web. */
  readonly web?: boolean;
}

/** A contestant that runs a work's functions through `@elbo/jit`: compiled, or as they are on a TF.js backend. */
export function tfjsCompetitor({ engine, backend = "cpu", web = false }: TfjsSetup): Competitor {
  let threads = 1;
  return {
    async load(count) {
      threads = count;
      if (web) await useOnnxRuntimeWeb(count);
      return { tfjs: tf.version_core, ...(await loadBackend(backend)) };
    },
    async prepare(work, arrays) {
      if (work.kind !== "fit") return new TfjsInstance(work, arrays, { engine, threads });
      const { FitInstance } = await import("./fitInstance.ts"); // the packages, which steps do without
      return new FitInstance(work, arrays, { engine, threads });
    },
  };
}

async function useOnnxRuntimeWeb(threads: number): Promise<void> {
  const name = "onnxruntime-web"; // not a literal: bundlers leave it alone
  const runtime = (await import(name)) as { env: { wasm: { numThreads: number } } };
  runtime.env.wasm.numThreads = threads;
  useOnnxRuntime(runtime);
}

async function loadBackend(backend: string): Promise<Record<string, string>> {
  const versions = backend === "tensorflow" ? await loadTfjsNode() : {};
  if (backend === "cpu") await import("@tensorflow/tfjs-backend-cpu");
  if (backend === "wasm") await import("@tensorflow/tfjs-backend-wasm");
  if (!(await tf.setBackend(backend))) {
    throw new Error(`loadBackend: TF.js must start its backend ${backend}, got a failure`);
  }
  await tf.ready();
  return versions;
}

class TfjsInstance implements Instance {
  readonly #work: StepWork;
  readonly #options: { readonly engine: EngineName; readonly threads: number };
  readonly #initial: Readonly<Record<string, tf.Tensor>>;
  readonly #weights: Readonly<Record<string, tf.Variable>>;
  readonly #functions;
  readonly #batches: readonly Record<string, Float32Array>[];
  readonly #step: CompiledFunction;
  /** The results of an encoding or decoding go where the last ones went, as in PyTorch, whose allocator gives the same memory again. */
  #into: CallOptions = {};
  #index = 0;
  /** The training step that was handed over last. */
  #underway: Promise<unknown> | undefined;

  constructor(
    work: StepWork,
    arrays: WorkArrays,
    options: { engine: EngineName; threads: number },
  ) {
    this.#work = work;
    this.#options = options;
    this.#initial = Object.fromEntries(
      work.weights.map(({ name, shape }) => [name, tf.tensor(arrays.weights[name], [...shape])]),
    );
    this.#weights = Object.fromEntries(
      Object.entries(this.#initial).map(([name, tensor]) => [name, tf.variable(tensor)]),
    );
    this.#functions = work.build(this.#weights);
    this.#batches = Array.from({ length: batches }, (_, i) => batchOf(work, arrays.inputs, i));
    this.#step = this.#compile(this.#functions.step);
  }

  async step(): Promise<void> {
    if (this.#work.kind === "train") {
      // As in `train`, a step is handed over before the one before it is over.
      const last = this.#underway;
      this.#underway = this.#run({ outputs: [] });
      this.#underway.catch(() => undefined); // told by who waits for it
      await last;
      return;
    }
    const { values } = await this.#run(this.#into);
    this.#into = { into: { values: values.data } };
  }

  async settle(): Promise<void> {
    const last = this.#underway;
    this.#underway = undefined;
    await last;
  }

  async check(steps: number, values: number): Promise<Checked> {
    await this.#restart();
    if (!this.#functions.probe) {
      return { losses: [], values: firstOf(await this.#run({}), values) };
    }
    const losses: number[] = [];
    for (let i = 0; i < steps; i++)
      losses.push((await this.#run({ outputs: ["loss"] })).loss.data[0]);
    const probe = this.#compile(this.#functions.probe);
    const decoded = await probe(this.#batches[0]);
    probe.dispose();
    return { losses, values: firstOf(decoded, values) };
  }

  profile(): Promise<readonly KernelTime[]> {
    return this.#step.profile();
  }

  dispose(): void {
    this.#step.dispose();
    const { slots } = this.#functions;
    tf.dispose([...slots, ...Object.values(this.#weights), ...Object.values(this.#initial)]);
  }

  #compile({ fn, feeds, state }: WorkFunction): CompiledFunction {
    return jit(fn, { feeds, state, ...this.#options });
  }

  #run(options: CallOptions): Promise<Record<string, NdArray>> {
    const index = this.#index++;
    const feeds: Record<string, FeedValue> = {
      ...this.#batches[index % batches],
      ...this.#functions.scalars?.(index),
    };
    return this.#step(feeds, options);
  }

  async #restart(): Promise<void> {
    this.#index = 0;
    for (const [name, variable] of Object.entries(this.#weights)) {
      variable.assign(this.#initial[name]);
    }
    for (const slot of this.#functions.slots) slot.assign(tf.tidy(() => tf.zerosLike(slot)));
    await this.#step.push();
  }
}

function firstOf(outputs: Record<string, NdArray>, count: number): number[] {
  return Array.from(outputs.values.data.subarray(0, count));
}
