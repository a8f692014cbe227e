import type { Estimate } from "@elbo/core";
import type { DrawnPicture } from "../pictures/picture.ts";
import type { Shared } from "./shared.ts";
import type { Subject } from "./subject.ts";

/** One figure of a measure: a column of the table, where it has a number for some model. */
export interface Figure {
  /** Its name in `results.json`; no two measures have one in common. */
  readonly key: string;
  readonly title: string;
  readonly unit: string;
  /** What the number is, in a sentence or two. */
  readonly definition: string;
  /** Digits after the point. */
  readonly digits: number;
  /** Which of two numbers is better; absent where neither is. */
  readonly better?: "higher" | "lower";
}

/** What a measure works with. */
export interface MeasureContext extends Subject {
  /** The seed of the trial: of whatever is drawn. */
  readonly seed: number;
  /** Draws per image of an importance-weighted likelihood. */
  readonly samples: number;
  /** What several measures need of the model, computed once. */
  readonly shared: Shared;
  /** A folder for what is trained once for a data set, such as a classifier, and used for every model. */
  readonly cache: string;
}

/** What measuring one model gave. */
export interface Outcome {
  /** Figures by key, each with its standard error over examples (NaN where it has none). Keys without a {@link Figure} are stored and get no column. */
  readonly figures: Readonly<Record<string, Estimate>>;
  /** Figures that are means over the test examples, example by example in their order: what paired tests of two models need. */
  readonly examples?: Readonly<Record<string, Float64Array>>;
  readonly pictures?: readonly DrawnPicture[];
  /** Further files for the trial's folder, by name. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
}

/** Something that is measured of trained models. A new one is a file beside this one and a row of {@link measures}. */
export interface Measure {
  /** What configurations call it. */
  readonly name: string;
  readonly figures: readonly Figure[];
  /** What of it models that come from files do not have, in words; absent where they have all. */
  readonly ofTrained?: string;
  /** Whether the model and the data have what it takes; it is left out otherwise. */
  suits(subject: Subject): boolean;
  measure(context: MeasureContext): Promise<Outcome>;
}
