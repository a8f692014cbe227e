import type { JsonObject } from "@elbo/core";

/** One row of a comparison as a configuration names it: a model with other options than its own. */
export interface ModelEntry {
  /** What results and files call the row; default the model's name. */
  readonly name: string;
  /** A model of the bench. */
  readonly model: string;
  /** What tables call it; default: the model's title and the options that differ. */
  readonly title?: string;
  /** Options of its factory, over the model's own. */
  readonly options: JsonObject;
}

/** The row that stands for a model as it is. */
export const entryOf = (model: string): ModelEntry => ({ name: model, model, options: {} });
