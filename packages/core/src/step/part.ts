import type * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import type { JsonObject } from "../json.ts";
import type { NoiseSpecs } from "./noise.ts";
import type { Schedule } from "./schedule.ts";

/** Variables by name, `a/b/c`: the names that files use, a promise from the first release on. */
export type NamedVariables = Readonly<Record<string, tf.Variable>>;

/** Networks by their names in the model: `encoder`, `decoder`, `discriminator`. */
export type Networks = Readonly<Record<string, tfl.LayersModel>>;

/** Numbers that depend on the step, by name. */
export type Schedules = Readonly<Record<string, number | Schedule>>;

/** What a part of a model (latents, likelihood, condition, objective, quantizer) is and may bring. */
export interface Part {
  /** Its name in files and messages, such as `"gaussian"`; registered by whoever wants it to be loaded. */
  readonly kind: string;
  /** What makes an equal part again; default none. */
  readonly options?: JsonObject;
  /** Trained by gradient. */
  readonly variables?: NamedVariables;
  /** Moved by `afterStep` only. */
  readonly state?: NamedVariables;
  readonly networks?: Networks;
  readonly noise?: NoiseSpecs;
  readonly schedules?: Schedules;
}
