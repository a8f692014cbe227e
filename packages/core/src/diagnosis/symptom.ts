import type { ExamplesLike } from "../data/examples.ts";
import type { Evaluation } from "../evaluation/evaluate.ts";
import type { PosteriorCollapse } from "../evaluation/posteriorCollapse.ts";
import type { LatentVariableModel } from "../model/latentVariableModel.ts";
import type { ExampleRows } from "../model/exampleRows.ts";
import type { Given } from "../model/givenExamples.ts";
import { createRegistry } from "../step/registry.ts";
import type { Registry } from "../step/registry.ts";
import type { ComputeOptions } from "../step/compute.ts";
import type { History } from "../training/history.ts";

/** A training that is looked at: the model as it is now, examples, and what training reported. */
export interface ExaminedRun {
  readonly model: LatentVariableModel;
  /** The examples as they were given; no more than the first `rows.count` are to be looked at. */
  readonly data: ExamplesLike;
  /** What the call says about the condition. */
  readonly told: Given;
  /** The first of the examples. */
  readonly rows: ExampleRows;
  /** Figures of these examples. */
  readonly evaluation: Evaluation<string>;
  /** Absent where none was given. */
  readonly history: History | undefined;
  /** What the latents say and what the decoder hears of it, measured once; undefined where the model has no single level of Gaussian latents. */
  collapse(): Promise<PosteriorCollapse | undefined>;
  readonly seed: number;
  readonly compute: ComputeOptions;
}

/** What is measured for a symptom, by name. */
export type SymptomFigures = Readonly<Record<string, number>>;

/** What a symptom says where it is there. */
export interface Sign {
  /** `"wrong"`: the model is not what was meant; `"note"`: it may be meant. */
  readonly severity: "wrong" | "note";
  /** What was seen, with its numbers, in one sentence without a full stop. */
  readonly evidence: string;
  /** What to try. */
  readonly advice: string;
}

/** Something that goes wrong with models: what is measured, and from where on it is there. */
export interface Symptom {
  /** Its figures for a run; undefined where the model, the data or the history have nothing that could show it. */
  measure(run: ExaminedRun): SymptomFigures | undefined | Promise<SymptomFigures | undefined>;
  /** What the figures say; undefined where they are sound. */
  judge(figures: SymptomFigures): Sign | undefined;
}

/** The open table of symptoms, by their names; see {@link registerSymptom}. */
export type Symptoms = Registry<Symptom>;

/** A table that begins with some symptoms. */
export const createSymptoms = (builtIns: Readonly<Record<string, Symptom>>): Symptoms =>
  createRegistry("symptom", builtIns);
