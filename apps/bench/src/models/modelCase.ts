import type { JsonObject, LatentModel } from "@elbo/core";
import type { Protocol } from "../configuration/protocol.ts";
import type { PictureKind } from "../pictures/kinds.ts";

/** What a model is made for: the protocol that all share, the data it will see, and its seed. */
export interface ModelSetting {
  readonly protocol: Protocol;
  /** `[height, width, channels]`. */
  readonly image: readonly [number, number, number];
  /** Number of classes; 0 for data without labels. */
  readonly classes: number;
  readonly seed: number;
}

/** A model of the comparison, as data. */
export interface ModelCase {
  /** What `--models` calls it; also names its pictures. */
  readonly name: string;
  /** What tables and captions call it; `{beta}` stands for the value of an option. */
  readonly title: string;
  /** What it is, in a sentence for readers of the report. */
  readonly summary: string;
  /** Whether it can only be trained on data with labels. */
  readonly needsLabels: boolean;
  /** The pictures that it can show, besides its reconstructions. */
  readonly pictures: readonly PictureKind[];
  /** The options of its factory that are its own; a configuration may give others. */
  readonly options: JsonObject;
  /** Makes it; the factory checks the options. */
  create(setting: ModelSetting, options: JsonObject): LatentModel;
}
