import * as tf from "@tensorflow/tfjs-core";
import type { NamedVariables } from "../step/part.ts";

interface Entry {
  readonly variable: tf.Variable;
  /** An alias of the value from before the step. */
  readonly before: tf.Tensor;
  /** By its data a value is told from another. */
  dataId: object;
  /** What the first pass that assigned it gave. */
  after?: tf.Tensor;
}

/**
 * Keeps what layers assign while a pass runs (moving averages of batch normalization) from counting more than once: after
 * each pass the values from before the step are put back, and in the end each variable gets what the first pass that moved
 * it gave. All tensors belong to the surrounding scope.
 */
export class PassState {
  private readonly entries: ReadonlyMap<string, Entry>;

  constructor(state: NamedVariables) {
    this.entries = new Map(
      Object.entries(state).map(([name, variable]) => [
        name,
        { variable, before: tf.clone(variable), dataId: variable.dataId },
      ]),
    );
  }

  /** The names of what was assigned so far. */
  get moved(): string[] {
    return [...this.entries].flatMap(([name, { after }]) => (after === undefined ? [] : [name]));
  }

  /** Ends a pass: puts back what it assigned. */
  endPass(): void {
    for (const entry of this.entries.values()) {
      if (entry.variable.dataId === entry.dataId) continue;
      entry.after ??= tf.clone(entry.variable);
      putBack(entry);
    }
  }

  /** Gives every variable what the passes made of it. */
  settle(): void {
    for (const { variable, after } of this.entries.values()) {
      if (after !== undefined) variable.assign(after);
    }
  }

  /** Gives some variables their values from before the step. */
  restore(names: (name: string) => boolean): void {
    for (const [name, entry] of this.entries) {
      if (names(name) && entry.variable.dataId !== entry.dataId) putBack(entry);
    }
  }
}

function putBack(entry: Entry): void {
  entry.variable.assign(entry.before);
  entry.dataId = entry.variable.dataId;
}
