import type { Finding, JsonObject } from "@elbo/core";
import type { Protocol } from "../configuration/protocol.ts";
import type { PictureWords } from "../pictures/picture.ts";

/** A quantity measured over many images. */
export interface Measurement {
  /** Mean over images. */
  readonly mean: number;
  /** Standard error of that mean, where the quantity is a mean over images. */
  readonly standardError: number | null;
}

/** One training curve: a value at some steps. */
export interface Curve {
  /** Training steps at which the value was taken. */
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

/** What one training with one seed gave, or one imported model. Everything but `timing` and the seconds of `measured` repeats exactly with the same configuration. */
export interface SeedResult {
  readonly model: string;
  readonly seed: number;
  /** Trained numbers, of all networks together; absent of an imported model. */
  readonly parameters?: number;
  readonly steps: number;
  /** Held-out quantities by name, sums over dimensions in nats unless their column says otherwise. */
  readonly metrics: Readonly<Record<string, Measurement>>;
  /** What was measured and drawn, by name, and the seconds that it took. */
  readonly measured: Readonly<Record<string, number>>;
  /** What was drawn; the images lie in the trial's folder. */
  readonly pictures: readonly PictureWords[];
  /**
   * What settings of a search are compared by, after each epoch: nats per image on the held-out part of the training images, lower is
   * better, null where there is none. Absent of an imported model.
   */
  readonly scores?: readonly (number | null)[];
  /** What `diagnose` found on the first 500 test images; absent in results of earlier versions. */
  readonly findings?: readonly Finding[];
  /** Curves by name, over training steps. */
  readonly curves: Readonly<Record<string, Curve>>;
  readonly timing: Timing;
  /** What computed: engine, device and threads in words. */
  readonly engine: string;
}

/** How long a training took. Differs from run to run. */
export interface Timing {
  /** Time spent training and validating, in s. */
  readonly trainingSeconds: number;
  /** Time spent on held-out measurements, in s. */
  readonly evaluationSeconds: number;
  /** Training images that went through a step, per second of stepping; without compilation and validation. Absent of an imported model. */
  readonly imagesPerSecond?: number;
}

/** A mean over seeds. */
export interface Summary {
  readonly mean: number;
  /** Sample standard deviation over seeds (divisor n - 1); null for a single seed. */
  readonly standardDeviation: number | null;
  /** Seeds that have the quantity. */
  readonly n: number;
}

/** A picture that was written beside the results. */
export interface Picture {
  /** Path relative to the results folder. */
  readonly file: string;
  /** Pictures of one kind share a section of the report: reconstructions, samples. */
  readonly kind: string;
  /** Heading of that section, and what it is about. */
  readonly heading: string;
  readonly text: string;
  readonly title: string;
  /** What one sees, for people who see it. */
  readonly caption: string;
  /** What one would see, for people who do not. */
  readonly alt: string;
  /** Labels of its rows from the top, where rows have names. */
  readonly rows?: readonly string[];
}

/** A model over all its seeds. */
export interface ModelResult {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  /** The options of its factory that are its own. */
  readonly options: JsonObject;
  /** Summaries over seeds by column key. */
  readonly columns: Readonly<Record<string, Summary>>;
  readonly seeds: readonly SeedResult[];
}

/** A training that came to nothing because a number was no longer finite. */
export interface Divergence {
  readonly model: string;
  readonly title: string;
  readonly seed: number;
  readonly message: string;
  /** What `diagnose` found of it, at the last weights that were finite. */
  readonly findings?: readonly Finding[];
}

/** Why a training came to nothing. */
export type Diverged = Pick<Divergence, "message" | "findings">;

/** A setting of a search that was not trained to the end. */
export interface GivenUp {
  readonly model: string;
  readonly title: string;
  /** Epochs after which it fell behind. */
  readonly epochs: number;
  /** Mean over seeds of the negative ELBO (distortion, without one) on the validation part, in nats per image. */
  readonly score: number;
}

/** What a comparison was: the protocol, its rows and seeds. */
export interface Compared extends Protocol {
  readonly models: readonly string[];
  readonly seeds: readonly number[];
  /** Entries of the protocol that differ between rows; those above are of the first row. */
  readonly varied: readonly string[];
}

/** A mean of paired differences `a - b`. */
export interface PairedMean {
  readonly mean: number;
  readonly standardError: number;
  /** Two-sided, of the paired t test. */
  readonly p: number;
}

/** How far two rows are apart in one figure. */
export interface Difference {
  readonly a: string;
  readonly b: string;
  readonly figure: string;
  /** Over test examples, each averaged over the seeds that both have: whether these trainings differ on images like these. */
  readonly examples: PairedMean;
  /** Over those seeds: whether trainings like these differ; null for one seed. */
  readonly seeds: PairedMean | null;
  readonly seedCount: number;
}

/** The whole of `results.json`. */
export interface Results {
  readonly format: "elbo-bench-results";
  readonly formatVersion: 3;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly configuration: Compared;
  readonly data: {
    readonly trainExamples: number;
    readonly testExamples: number;
    readonly image: readonly number[];
    readonly classNames: readonly string[] | null;
  };
  /** What repeats it in a clone. */
  readonly command: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly machine: Readonly<Record<string, string | number>>;
  readonly models: readonly ModelResult[];
  /** Trainings that the summaries lack. */
  readonly diverged: readonly Divergence[];
  /** Rows that a search gave up. */
  readonly givenUp: readonly GivenUp[];
  /** Paired differences between all pairs of rows. */
  readonly differences: readonly Difference[];
  readonly pictures: readonly Picture[];
}
