import type { NdArray } from "@elbo/jit";
import type { JsonObject } from "../json.ts";
import { assertUsable } from "../runner/assertUsable.ts";
import { programsOf } from "../runner/program.ts";
import { readVariables, writeVariables } from "../runner/variables.ts";
import type { ComputeOptions } from "../step/compute.ts";
import type { NamedVariables, Networks } from "../step/part.ts";
import type { SavableModel } from "./modelKind.ts";
import { saveModel } from "./saveModel.ts";

/** What owns variables: they are read, replaced, saved and freed here, whatever it computes of them. */
export abstract class WeightHolder implements SavableModel {
  abstract readonly kind: string;
  abstract readonly options: JsonObject;
  abstract readonly networks: Networks;
  abstract readonly variables: NamedVariables;
  abstract step: number;
  abstract compute: ComputeOptions;
  private disposed = false;

  /** Whether {@link dispose} was called. */
  get isDisposed(): boolean {
    return this.disposed;
  }

  /** All variables by the names that files use. */
  get allVariables(): NamedVariables {
    const { state = {} } = this as { readonly state?: NamedVariables };
    return { ...this.variables, ...state };
  }

  /** Those that it is made of, which compute of the same variables. */
  protected get parts(): readonly WeightHolder[] {
    return [];
  }

  /**
   * Writes `model.json` and `weights.safetensors` into a directory, which is made if need be. A kill at any instant
   * leaves what was there before, or the new model, never a mixture.
   */
  async save(directory: string): Promise<void> {
    assertUsable("save", this);
    await saveModel(this, directory);
  }

  /** Copies of all weights by name. */
  async readWeights(): Promise<Record<string, NdArray>> {
    assertUsable("readWeights", this);
    for (const owner of [this, ...this.parts]) await programsOf(owner).pull();
    return readVariables(this.allVariables);
  }

  /**
   * Replaces all weights, by the names that {@link readWeights} gives.
   *
   * @throws RangeError when a weight is missing, unknown, or of another shape; nothing is changed then
   */
  async writeWeights(weights: Readonly<Record<string, NdArray>>): Promise<void> {
    const fn = "writeWeights";
    assertUsable(fn, this);
    writeVariables(fn, this.allVariables, weights);
    for (const owner of [this, ...this.parts]) await programsOf(owner).push();
  }

  /** Frees variables and compiled functions. */
  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    programsOf(this).dispose();
    for (const part of this.parts) part.dispose();
    for (const variable of Object.values(this.allVariables)) {
      if (!variable.isDisposed) variable.dispose();
    }
  }
}
