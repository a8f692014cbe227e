import * as tf from "@tensorflow/tfjs-core";
import { sizeOf } from "../shape.ts";
import type { NamedVariables } from "../step/part.ts";
import type { Trainable } from "../step/trainable.ts";
import { resolvePhases } from "./phases.ts";
import type { PhaseOptions, StepPhase } from "./phases.ts";

/** Everything that a step reads and moves. */
export interface StepParts {
  readonly trainable: Trainable;
  readonly phases: readonly StepPhase[];
  /** Whether something may move; state that may not keeps its values to the byte. */
  readonly trains: (name: string) => boolean;
  /** `<phase>/<variable>/<slot>` */
  readonly slots: NamedVariables;
  /** Since which steps slots and averages are kept. */
  readonly since: KeptSince;
  readonly clipNorm: number | undefined;
  readonly average: StepAverage | undefined;
  /** Sums of gradients over parts of a batch, by the names of variables; empty where a batch is one part. */
  readonly sums: NamedVariables;
  readonly microBatches: number;
  /** Whether examples have weights. */
  readonly weighted: boolean;
}

/** The steps before which slots (by phase) and averages had their starting values. */
export interface KeptSince {
  phases: Record<string, number>;
  average: number;
}

/** Running averages of what phases move. */
export interface StepAverage {
  readonly decay: number;
  readonly variables: NamedVariables;
}

/** What decides about {@link StepParts}. */
export interface StepOptions extends PhaseOptions {
  readonly clipNorm?: number | undefined;
  /** Decay of the averages; absent: none. */
  readonly ema?: number | undefined;
  readonly microBatches?: number;
  readonly weighted?: boolean;
}

/** The name of a slot. */
export const slotName = (phase: string, variable: string, slot: string): string =>
  `${phase}/${variable}/${slot}`;

/** The parts of a step, with new variables for slots, averages (zero at first) and sums; {@link disposeParts} frees these. */
export function makeParts(trainable: Trainable, options: StepOptions): StepParts {
  const { clipNorm, ema, microBatches = 1, weighted = false } = options;
  const phases = resolvePhases(trainable, options);
  const moved = new Map(phases.flatMap(({ variables }) => [...variables]));
  return {
    trainable,
    phases,
    trains: options.trains ?? (() => true),
    slots: Object.fromEntries(phases.flatMap(slotsOf)),
    since: { phases: {}, average: 0 },
    clipNorm,
    average: ema === undefined ? undefined : { decay: ema, variables: zerosLike(moved) },
    sums: microBatches === 1 ? {} : zerosLike(moved),
    microBatches,
    weighted,
  };
}

function slotsOf({ name, variables, optimizer }: StepPhase): [string, tf.Variable][] {
  const { slots, initial = {} } = optimizer;
  return [...variables].flatMap(([variable, { shape }]) =>
    slots.map((slot): [string, tf.Variable] => [
      slotName(name, variable, slot),
      filled(shape, initial[slot] ?? 0),
    ]),
  );
}

const filled = (shape: readonly number[], value: number): tf.Variable =>
  tf.tidy(() => {
    const values = new Float32Array(sizeOf(shape)).fill(value);
    return tf.variable(tf.tensor(values, [...shape]), false);
  });

const zerosLike = (variables: ReadonlyMap<string, tf.Variable>): NamedVariables =>
  Object.fromEntries([...variables].map(([name, { shape }]) => [name, filled(shape, 0)]));

/** The variables that {@link makeParts} made. */
export const ownVariables = ({ slots, average, sums }: StepParts): tf.Variable[] => [
  ...Object.values(slots),
  ...Object.values(average?.variables ?? {}),
  ...Object.values(sums),
];

/** Frees what {@link makeParts} made; the trainable stays. */
export function disposeParts(parts: StepParts): void {
  for (const variable of ownVariables(parts)) variable.dispose();
}
