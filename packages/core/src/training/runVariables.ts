import type * as tf from "@tensorflow/tfjs-core";
import type { NdArray } from "@elbo/jit";
import type { LatentModel } from "../model/latentModel.ts";
import { assignValues, readVariables } from "../model/variables.ts";
import type { NamedVariable } from "../model/variables.ts";
import { ema } from "../optimizers/ema.ts";
import type { CheckedOptions } from "./options.ts";
import type { StepParts } from "./stepProgram.ts";

type Values = Readonly<Record<string, NdArray>>;

/** The variables of a run: the model's, the optimizer's slots, and the averages of the weights. */
export class RunVariables {
  /** What the step program is made of. */
  readonly parts: StepParts;
  private readonly model: LatentModel;

  constructor(model: LatentModel, options: CheckedOptions) {
    this.model = model;
    const trained = model.trained.map(({ variable }) => variable);
    const rule = options.ema === undefined ? undefined : ema({ decay: options.ema });
    this.parts = {
      model,
      optimizer: options.optimizer,
      slots: options.optimizer.slots(trained),
      clipNorm: options.clipNorm,
      average: rule && { rule, slots: rule.slots(trained) },
    };
  }

  /** Copies of the model's variables. */
  readModel(): Promise<Record<string, NdArray>> {
    return readVariables(this.ofModel());
  }

  /** Gives the model the values of {@link readModel}. */
  async writeModel(values: Values): Promise<void> {
    for (const { name, variable } of this.ofModel()) assignValues(variable, values[name].data);
    await this.model.programs.push();
  }

  /** Copies of all variables, for a checkpoint. */
  readAll(): Promise<Record<string, NdArray>> {
    return readVariables(this.all());
  }

  /**
   * Takes all variables from a checkpoint.
   *
   * @throws Error naming the first that is missing or of another size; nothing is changed then
   */
  async writeAll(directory: string, values: Values): Promise<void> {
    for (const { name, variable } of this.all()) {
      const value = Object.hasOwn(values, name) ? values[name] : undefined;
      if (value?.data.length !== variable.size) {
        throw new Error(
          `train: the checkpoint in ${directory} must hold ${variable.size} values of ${name}, got ${value?.data.length ?? "none"}`,
        );
      }
    }
    for (const { name, variable } of this.all()) assignValues(variable, values[name].data);
    await this.model.programs.push();
  }

  /** Gives the model the averages of its weights, if there are any. */
  async takeAverages(): Promise<void> {
    const { average } = this.parts;
    if (average === undefined) return;
    for (const [i, { variable }] of this.model.trained.entries()) {
      // Copied: variables that share their data cannot be told apart by a compiled function.
      assignValues(variable, await average.slots[i].data<"float32">());
    }
    await this.model.programs.push();
  }

  /** Runs something while the model holds the averages of its weights, if there are any. */
  async withAverages<T>(task: () => Promise<T>): Promise<T> {
    if (this.parts.average === undefined) return task();
    const raw = await readVariables(this.model.trained);
    await this.takeAverages();
    try {
      return await task();
    } finally {
      for (const { name, variable } of this.model.trained) assignValues(variable, raw[name].data);
      await this.model.programs.push();
    }
  }

  /** Frees slots and averages; the model stays. */
  dispose(): void {
    for (const slot of [...this.parts.slots, ...(this.parts.average?.slots ?? [])]) slot.dispose();
  }

  /** Named by position: names of layers count up through a process. */
  private ofModel(): NamedVariable[] {
    return numbered("model", this.model.allVariables);
  }

  private all(): NamedVariable[] {
    return [
      ...this.ofModel(),
      ...numbered("slot", this.parts.slots),
      ...numbered("average", this.parts.average?.slots ?? []),
    ];
  }
}

const numbered = (prefix: string, variables: readonly tf.Variable[]): NamedVariable[] =>
  variables.map((variable, i) => ({ name: `${prefix}/${i}`, variable }));
