import type { JsonObject } from "@elbo/core";

/** One row of a comparison as a configuration names it: a model with options. */
export interface ModelEntry {
  /** What results and files call the row; default the model's name. */
  readonly name: string;
  /** A kind of model of the bench. */
  readonly model: string;
  /** What tables call it; default: the model's title and the options that differ. */
  readonly title?: string;
  /** What it is, in a sentence for readers of the report; default the model's. */
  readonly summary?: string;
  /** Options of its factory, over those of the model's row. */
  readonly options: JsonObject;
}

/** The row that stands for a model as it is. */
export const entryOf = (model: string): ModelEntry => ({ name: model, model, options: {} });
