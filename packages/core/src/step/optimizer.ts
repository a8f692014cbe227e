import type * as tf from "@tensorflow/tfjs-core";
import type { JsonObject } from "../json.ts";

/** What one update of one variable works on, tensors of one shape and scalars. */
export interface UpdateArguments {
  /** The value before the update. */
  readonly variable: tf.Tensor;
  readonly gradient: tf.Tensor;
  /** The slots' values before the update, by name. */
  readonly slots: Readonly<Record<string, tf.Tensor>>;
  /** One scalar for each name that `scalars` gives. */
  readonly scalars: Readonly<Record<string, tf.Tensor>>;
}

/** New values by name: `variable`, and every slot. */
export type Updated = Readonly<Record<string, tf.Tensor>> & { readonly variable: tf.Tensor };

/** A rule that turns gradients into new values of variables: a pure function that a traced step calls for each variable. */
export interface Optimizer {
  /** Its name in files and messages, such as `"adam"`. */
  readonly kind: string;
  /** What makes an equal one again; default none. Optimizers of equal kind and options are taken for the same one. */
  readonly options?: JsonObject;
  /** Names of the values that are kept for each variable, shaped like it: `[]`, `["m", "v"]`; never `variable`. */
  readonly slots: readonly string[];
  /** What the slots start from, default 0 each. */
  readonly initial?: Readonly<Record<string, number>>;
  /**
   * The numbers to feed at a step, default none.
   *
   * @param step updates of the trainable before this one: what schedules are functions of
   * @param updates updates made with the present slots before this one: what corrections of a start from 0 are functions of
   */
  scalars?(step: number, updates: number): Readonly<Record<string, number>>;
  /** New values, by elementwise operations only; traced, so it reads no values and draws nothing. */
  update(from: UpdateArguments): Updated;
}
