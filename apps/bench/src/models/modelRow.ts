import type { JsonObject, LatentModel, ModelKind } from "@elbo/core";

/** A kind of model that the bench can compare: a row of {@link modelRows}. */
export interface ModelRow {
  /** What configurations call it. */
  readonly name: string;
  /**
   * As its package registers it for `loadModel`: whatever its files may say of it, a configuration may say. Absent for models that come
   * from files and are not trained.
   */
  readonly kind?: ModelKind<LatentModel>;
  /** What tables and captions call it. */
  readonly title: string;
  /** What it is, in a sentence for readers of the report. */
  readonly summary: string;
  /** Options unless a configuration gives others. */
  readonly options: JsonObject;
  /** Options that the data decide. */
  readonly fromData?: (data: { readonly classes: number }) => JsonObject;
  /** Whether it can only be trained on data with labels. */
  readonly needsLabels?: boolean;
}
