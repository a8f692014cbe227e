import type { NdArray } from "@elbo/jit";
import type { JsonObject } from "../json.ts";
import type { ComputeOptions } from "../step/compute.ts";
import type { Networks } from "../step/part.ts";
import { createRegistry } from "../step/registry.ts";

/** What saving and loading need to know of a model. */
export interface SavableModel {
  readonly kind: string;
  readonly options: JsonObject;
  readonly networks: Networks;
  step: number;
  dataSize?: number | undefined;
  batchSize?: number | undefined;
  compute: ComputeOptions;
  readWeights(): Promise<Record<string, NdArray>>;
  writeWeights(weights: Readonly<Record<string, NdArray>>): Promise<void>;
  dispose(): void;
  /** What its codes are drawn from, saved with it where it can be saved. */
  readonly prior?: unknown;
}

/** Whether something is a model that can be saved. */
export const isSavable = (value: unknown): value is SavableModel => {
  const model = value as Partial<SavableModel> | null | undefined;
  return typeof model?.readWeights === "function" && typeof model.writeWeights === "function";
};

/** A variant as `loadModel` needs it. */
export interface ModelKind<M extends SavableModel = SavableModel> {
  readonly kind: string;
  /**
   * Makes the model of the options that were saved, with the networks that were saved; weights come afterwards.
   *
   * `options` come from a file: what makes no sense must be refused in a sentence.
   */
  build(options: JsonObject, networks: Networks): M;
}

const kinds = createRegistry<ModelKind>("model");

/** Lets `loadModel(directory)` know a variant; packages of variants do it when they are imported. */
export function registerModel<M extends SavableModel>(kind: ModelKind<M>): void {
  kinds.register(kind.kind, kind);
}

/** @throws Error naming the kinds there are */
export function registeredModel(fn: string, kind: string): ModelKind {
  return kinds.find(fn, kind);
}
