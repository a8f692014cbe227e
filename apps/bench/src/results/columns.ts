import { measures } from "../measures/index.ts";
import type { Figure } from "../measures/measure.ts";
import type { SeedResult } from "./schema.ts";

/** One column of the table: a figure, and where the number of one seed is found. */
export interface Column extends Figure {
  /** The number of one seed; undefined where the model has none. */
  readonly value: (seed: SeedResult) => number | undefined;
}

/** The table's columns from left to right: the figures of all measures, and what training tells. */
export const columns: readonly Column[] = [
  ...measures.flatMap(({ figures }) =>
    figures.map((figure) => ({
      ...figure,
      value: (seed: SeedResult) => seed.metrics[figure.key]?.mean,
    })),
  ),
  {
    key: "parameters",
    title: "Parameters",
    unit: "",
    definition: "Numbers that training changes, of encoder, decoder and codebook together.",
    digits: 0,
    value: (seed) => seed.parameters,
  },
  {
    key: "imagesPerSecond",
    title: "Images/s",
    unit: "",
    definition:
      "Training images that went through a step (forward, backward, update), per second of stepping. Compiling and validating do not count.",
    digits: 0,
    value: (seed) => seed.timing.imagesPerSecond,
  },
  {
    key: "seconds",
    title: "Time",
    unit: "s",
    definition: "Training, validation included, and held-out measurement of one seed.",
    digits: 1,
    value: (seed) => seed.timing.trainingSeconds + seed.timing.evaluationSeconds,
  },
];
