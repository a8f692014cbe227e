import type { LabelsLike } from "../data/examples.ts";
import type { ComputeOptions } from "./definition.ts";

/** Options of the methods that take images or codes. */
export interface LabelOptions extends ComputeOptions {
  /** One class per example; required by models of labelled data. */
  readonly labels?: LabelsLike;
}

/** Options of `LatentModel.sample`. */
export interface SampleOptions extends LabelOptions {
  /** Seed of the draws; image i is the same for any count. Default 0. */
  readonly seed?: number;
  /** One class for all samples. */
  readonly label?: number;
}

/** Options of `LatentModel.interpolate`. */
export interface InterpolateOptions extends LabelOptions {
  /** Images per row, both ends included; default 8. */
  readonly steps?: number;
}

/** Options of `LatentModel.traverse`. */
export interface TraverseOptions extends LabelOptions {
  /** Which latent dimensions; default all. */
  readonly dimensions?: readonly number[];
  /** Values that the dimension takes; default -3, -2, ..., 3. */
  readonly values?: readonly number[];
}

/** Options of `LatentModel.loss`. */
export interface LossOptions extends LabelOptions {
  /** Seed of noise and binarization; default 0. */
  readonly seed?: number;
  /** The step at which schedules are read; default 0. */
  readonly step?: number;
}

/** Mean terms in nats per example, and `total`, their weighted sum. */
export type LossReport = Readonly<Record<string, number>> & { readonly total: number };

/** The keys of {@link ComputeOptions}. */
export const computeKeys = ["engine", "device", "threads"];
/** The part of some options that says how to compute. */
export const computeOf = ({ engine, device, threads }: ComputeOptions): ComputeOptions => ({
  ...(engine === undefined ? {} : { engine }),
  ...(device === undefined ? {} : { device }),
  ...(threads === undefined ? {} : { threads }),
});
