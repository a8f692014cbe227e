import type { NdArray } from "@elbo/jit";
import { programsOf } from "../runner/program.ts";
import { assignValues, readVariables } from "../runner/variables.ts";
import type { NamedVariables } from "../step/part.ts";
import type { Trainable } from "../step/trainable.ts";
import type { StepParts } from "./stepVariables.ts";

/** Values of variables by name. */
export type Values = Readonly<Record<string, NdArray>>;

/** First parts of the names that a checkpoint gives to what is no variable of the trainable. */
const reserved = ["optimizer", "average", "best", "history"];

/** @throws RangeError for names of variables that checkpoints need themselves */
export function assertNames({ variables, state }: Trainable): void {
  const names = Object.keys({ ...variables, ...state });
  const bad = names.find((name) => reserved.includes(name.split("/")[0]));
  if (bad === undefined) return;
  throw new RangeError(
    `train: names of variables must not begin with ${reserved.join(", ")}, got ${bad}`,
  );
}

/** Reads and writes what a run moves: the trainable's variables, slots, averages. */
export class RunWeights {
  private readonly parts: StepParts;

  constructor(parts: StepParts) {
    this.parts = parts;
  }

  /** Copies of the trainable's variables and state. */
  readModel(): Promise<Record<string, NdArray>> {
    return readVariables(this.model);
  }

  /** Whether all values of the trainable's variables and state are finite. */
  async isFinite(): Promise<boolean> {
    for (const variable of Object.values(this.model)) {
      if (!areFinite(await variable.data<"float32" | "int32">())) return false;
    }
    return true;
  }

  /** Copies the trainable's variables and state into arrays of {@link readModel}: fresh ones at every epoch would be garbage at the next. */
  async readModelInto(values: Values): Promise<void> {
    for (const [name, variable] of Object.entries(this.model)) {
      values[name].data.set(await variable.data<"float32" | "int32">());
    }
  }

  /** Gives the trainable the values of {@link readModel}. */
  async writeModel(values: Values): Promise<void> {
    this.assign(this.model, values);
    await this.push();
  }

  /** Copies of slots and averages, by their names in checkpoints. */
  readKept(): Promise<Record<string, NdArray>> {
    return readVariables(this.kept);
  }

  /**
   * Gives variables, slots and averages the values that a checkpoint has under their names.
   *
   * @throws Error naming the first that is missing or of another size; nothing is changed then
   */
  async writeAll(directory: string, values: Values): Promise<void> {
    const all = { ...this.model, ...this.kept };
    for (const [name, { size }] of Object.entries(all)) {
      const value = Object.hasOwn(values, name) ? values[name] : undefined;
      if (value?.data.length === size) continue;
      throw new Error(
        `train: the checkpoint in ${directory} must hold ${size} values of ${name}, got ${value?.data.length ?? "none"}`,
      );
    }
    this.assign(all, values);
    await this.push();
  }

  /** Gives slots and averages the values that there are under their names. */
  writeKept(values: Values): void {
    this.assign(this.kept, values);
  }

  /** Lets the averages begin with the weights. */
  async startAverages(): Promise<void> {
    for (const [name, average] of Object.entries(this.parts.average?.variables ?? {})) {
      assignValues(average, await this.parts.trainable.variables[name].data<"float32">());
    }
  }

  /** Gives the trainable the averages of its weights, if there are any. */
  async takeAverages(): Promise<void> {
    const averages = Object.entries(this.parts.average?.variables ?? {});
    if (averages.length === 0) return;
    for (const [name, average] of averages) {
      // Copied: variables that share their data cannot be told apart by a compiled function.
      assignValues(this.parts.trainable.variables[name], await average.data<"float32">());
    }
    await this.push();
  }

  /** Runs something while the trainable holds the averages of its weights, if there are any. */
  async withAverages<T>(task: () => Promise<T>): Promise<T> {
    if (this.parts.average === undefined) return task();
    const raw = await readVariables(this.parts.trainable.variables);
    await this.takeAverages();
    try {
      return await task();
    } finally {
      this.assign(this.parts.trainable.variables, raw);
      await this.push();
    }
  }

  private assign(variables: NamedVariables, values: Values): void {
    for (const [name, variable] of Object.entries(variables)) {
      if (Object.hasOwn(values, name)) assignValues(variable, values[name].data);
    }
  }

  private push(): Promise<void> {
    return programsOf(this.parts.trainable).push();
  }

  private get model(): NamedVariables {
    const { variables, state } = this.parts.trainable;
    return { ...variables, ...state };
  }

  private get kept(): NamedVariables {
    const { slots, average } = this.parts;
    return { ...prefixed("optimizer/", slots), ...prefixed("average/", average?.variables ?? {}) };
  }
}

const prefixed = <T>(prefix: string, values: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]));

/** Whether all values are finite; a plain loop, which takes a fiftieth of what `every` does. */
function areFinite(data: ArrayLike<number>): boolean {
  for (let i = 0; i < data.length; i++) {
    if (!Number.isFinite(data[i])) return false;
  }
  return true;
}
