import * as tf from "@tensorflow/tfjs-core";
import { bindFeeds, shapeFor } from "./feeds.ts";
import type { Graph } from "./graph/value.ts";
import { exportOnnx, type ExportRequest } from "./exportOnnx.ts";
import { exportPlan } from "./exportPlan.ts";
import { checkCall, checkOptions } from "./options.ts";
import { chooseEngine, type ChosenEngine } from "./runtime/chooseEngine.ts";
import type { FeedType, Program } from "./runtime/engine.ts";
import { alone, enqueue, enqueueTurn, type Turn } from "./runtime/queue.ts";
import { quietTensorflow } from "./runtime/quiet.ts";
import { currentValue, pullVariable, pushVariable } from "./runtime/state.ts";
import { registerStorage } from "./runtime/storage.ts";
import { trace } from "./trace/trace.ts";
import type {
  CallOptions,
  CompiledFunction,
  EngineReport,
  FeedValue,
  JitOptions,
  KernelTime,
  NdArray,
  OnnxOptions,
  PlanOptions,
  TracedFunction,
  TypedArray,
} from "./types.ts";

registerStorage();

/** Programs kept per function, one per batch size; the least recently used is dropped beyond this. */
const programLimit = 8;

/**
 * Compiles a TF.js function, with gradients, optimizer and variable updates in it, into one program.
 *
 * The function is traced at the first call and again for every new batch size. It may read its feeds and the declared
 * state, and `assign` to the state; it must not read a tensor's value, draw random numbers or be asynchronous.
 *
 * @param fn function of the feeds, returning named outputs
 * @param options shapes of the feeds, the variables used, and what to run on
 * @returns a function of typed arrays; see {@link CompiledFunction}
 * @throws TypeError or RangeError when an option is not what it must be
 */
export function jit<F extends string>(
  fn: TracedFunction<F>,
  options: JitOptions<F>,
): CompiledFunction {
  quietTensorflow();
  checkOptions(fn, options);
  const compiled = new Compiled(fn, options);
  const call = (
    feeds: Readonly<Record<string, FeedValue>>,
    options: CallOptions = {},
  ): Promise<Record<string, NdArray>> => compiled.call({ ...feeds }, options); // as they are now: it may begin later
  return Object.defineProperty(
    Object.assign(call, {
      pull: (variables?: readonly tf.Variable[]) => compiled.pull(variables),
      push: (variables?: readonly tf.Variable[]) => compiled.push(variables),
      dispose: () => {
        compiled.dispose();
      },
      toOnnx: (onnxOptions?: OnnxOptions) => compiled.toOnnx(onnxOptions),
      profile: () => compiled.profile(),
      toPlan: (planOptions?: PlanOptions) => compiled.toPlan(planOptions),
    }),
    "report",
    { get: () => compiled.report, enumerable: true },
  ) as CompiledFunction;
}

class Compiled {
  readonly #fn: TracedFunction;
  readonly #options: JitOptions;
  readonly #state: readonly tf.Variable[];
  readonly #programs = new Map<number, Program>();
  #chosen: ChosenEngine | undefined;
  #compileMs = 0;
  #isProfiled = false;
  #disposed = false;

  constructor(fn: TracedFunction, options: JitOptions) {
    this.#fn = fn;
    this.#options = options;
    this.#state = options.state ?? [];
  }

  get report(): EngineReport | undefined {
    if (!this.#chosen) return undefined;
    const { engine, skipped } = this.#chosen;
    const { name, device, instructionSet, threads } = engine;
    return { engine: name, device, instructionSet, threads, skipped, compileMs: this.#compileMs };
  }

  call(
    values: Readonly<Record<string, FeedValue>>,
    options: CallOptions,
  ): Promise<Record<string, NdArray>> {
    return this.#enqueueTurn("call", async (turn) => {
      checkCall(options);
      const { arrays, batch } = await bindFeeds(this.#options.feeds, values);
      const program = this.#known(batch) ?? (await this.#programFor(batch, turn));
      return program.run(arrays, options, turn);
    });
  }

  pull(variables?: readonly tf.Variable[]): Promise<void> {
    return this.#enqueue("pull", async () => {
      for (const variable of this.#among("pull", variables)) await pullVariable(variable);
    });
  }

  push(variables?: readonly tf.Variable[]): Promise<void> {
    return this.#enqueue("push", async () => {
      for (const variable of this.#among("push", variables)) await pushVariable(variable);
    });
  }

  /** Some variables of the state, by default all. */
  #among(what: string, variables = this.#state): readonly tf.Variable[] {
    for (const variable of variables) {
      if (this.#state.includes(variable)) continue;
      throw new RangeError(
        `${what}: variables must be among those of the function's state, got ${variable.name}`,
      );
    }
    return variables;
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    void enqueue(() => {
      for (const program of this.#programs.values()) program.dispose();
      this.#programs.clear();
      return Promise.resolve();
    });
  }

  toOnnx(options: OnnxOptions = {}): Promise<Uint8Array> {
    return this.#export("toOnnx", (parts) => exportOnnx({ ...parts, options }));
  }

  profile(): Promise<readonly KernelTime[]> {
    return enqueue(() => {
      this.#isProfiled = true;
      const programs = [...this.#programs.values()];
      return Promise.resolve(programs.flatMap((program) => program.profile?.() ?? []));
    });
  }

  toPlan(options: PlanOptions = {}): Promise<Uint8Array> {
    return this.#export("toPlan", (parts) => exportPlan({ ...parts, options }));
  }

  #export(
    what: string,
    write: (parts: Omit<ExportRequest, "options">) => Uint8Array,
  ): Promise<Uint8Array> {
    return this.#enqueue(what, async () => {
      await tf.ready();
      const state: TypedArray[] = [];
      for (const variable of this.#state) state.push(await currentValue(variable));
      const traceFor = (batch: number | undefined): Graph => this.#trace(batch);
      return write({ specs: this.#options.feeds, traceFor, state });
    });
  }

  #feedTypes(batch: number | undefined): FeedType[] {
    return Object.entries(this.#options.feeds).map(([name, spec]) => ({
      name,
      shape: shapeFor(spec, batch),
      dtype: spec.dtype ?? "float32",
    }));
  }

  #trace(batch: number | undefined): Graph {
    const { onMessage } = this.#options;
    return trace({ fn: this.#fn, feeds: this.#feedTypes(batch), state: this.#state, onMessage });
  }

  #known(batch: number | undefined): Program | undefined {
    const key = batch ?? -1;
    const known = this.#programs.get(key);
    if (known) {
      this.#programs.delete(key); // back in as the most recently used
      this.#programs.set(key, known);
    }
    return known;
  }

  async #programFor(batch: number | undefined, turn: Turn): Promise<Program> {
    await turn.alone();
    await tf.ready();
    this.#chosen ??= await chooseEngine(this.#options);
    const started = performance.now();
    let graph: Graph | undefined;
    const program = await this.#chosen.engine.prepare({
      fn: this.#fn,
      feeds: this.#feedTypes(batch),
      state: this.#state,
      graph: () => (graph ??= this.#trace(batch)),
    });
    if (this.#isProfiled) program.profile?.();
    this.#programs.set(batch ?? -1, program);
    this.#dropOldest();
    this.#compileMs += performance.now() - started;
    return program;
  }

  #dropOldest(): void {
    if (this.#programs.size <= programLimit) return;
    const [key, program] = this.#programs.entries().next().value as [number, Program];
    this.#programs.delete(key);
    program.dispose();
  }

  /** Runs a task alone, behind those before it. */
  #enqueue<T>(what: string, task: () => Promise<T>): Promise<T> {
    return this.#enqueueTurn(what, alone(task));
  }

  /** Runs a task behind those before it, also when `dispose` is called meanwhile. */
  #enqueueTurn<T>(what: string, task: (turn: Turn) => Promise<T>): Promise<T> {
    if (!this.#disposed) return enqueueTurn(task);
    return Promise.reject(
      new Error(`jit: a compiled function must not be used after dispose(), got a ${what}`),
    );
  }
}
