import { assertInteger, describeValue, readOptions, rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import type { NdArray } from "@elbo/jit";
import { toLabels } from "../data/examples.ts";
import type { Examples } from "../data/examples.ts";
import { holdsLevels } from "../likelihoods/readers.ts";
import type { LatentVariableModel } from "../model/latentVariableModel.ts";
import { decode } from "../operations/decode.ts";
import { sample } from "../operations/sample.ts";
import { takeRows, toNdArray } from "../ndArray.ts";
import { Random } from "../random/random.ts";
import { sizeOf } from "../shape.ts";
import { aggregatedPosterior } from "./aggregatedPosterior.ts";

/** Options of {@link augment}. */
export interface AugmentOptions {
  /** Examples to draw of every class, or of each by its number; `"balance"` draws as many as the largest class has more. */
  readonly perClass: number | readonly number[] | "balance";
  /** Draws from the likelihood in the place of its mean; default false. */
  readonly draw?: boolean;
  /** Seed of the draws; default 0. */
  readonly seed?: number;
}

const augmentTable = {
  perClass: {
    rule: rules.either<number | "balance", readonly number[]>(
      rules.either(rules.integer({ min: 1 }), rules.oneOf(["balance"])),
      rules.list(rules.integer({ min: 0 })),
    ),
    doc: "examples to draw of each class",
  },
  draw: { rule: rules.boolean(), default: false, doc: "draw from the likelihood" },
  seed: { rule: rules.integer(), default: 0, doc: "seed of the draws" },
} satisfies OptionTable<AugmentOptions>;

/** Examples with a label each, floats. */
export interface LabelledExamples {
  readonly data: Float32Array;
  readonly shape: readonly number[];
  readonly labels: Int32Array;
}

/** What {@link augment} gives. */
export interface Augmented {
  /** The drawn examples, class by class. */
  readonly synthetic: LabelledExamples;
  /** The given examples, and then the drawn ones; bytes of images become [0, 1]. */
  readonly both: LabelledExamples;
}

/**
 * Draws labelled examples from a model, to train something else on: from the prior given the label where the model is conditional, else
 * from the posteriors of the given examples of that class.
 *
 * A model knows no more than its training set: this helps where a class is rare, and seldom where there are many examples.
 *
 * @param model trained on the labelled examples, or on more
 * @param labelled examples with `labels`, classes 0, 1, ...
 * @throws TypeError or RangeError for examples or options that do not fit
 */
export async function augment(
  model: LatentVariableModel,
  labelled: Examples,
  options: AugmentOptions,
): Promise<Augmented> {
  const fn = "augment";
  const { perClass, draw, seed } = readOptions(fn, augmentTable, options);
  const given = await toNdArray({ fn, name: "labelled" }, labelled);
  const [count] = given.shape;
  const labels = toLabels(labelled.labels, { fn, count, classes: 2 ** 31 - 1 });
  const wanted = countsOf(fn, perClass, labels);
  const parts: Float32Array[] = [];
  const drawnLabels: number[] = [];
  for (const [label, number] of wanted.entries()) {
    if (number === 0) continue;
    const place = { label, number, draw, seed: new Random(seed).fork(fn, label).uint32() };
    const { data } = await drawClass(model, { given, labels }, place);
    parts.push(data);
    for (let i = 0; i < number; i++) drawnLabels.push(label);
  }
  const shape = given.shape.slice(1);
  const size = sizeOf(shape);
  const synthetic = joined(parts, shape, Int32Array.from(drawnLabels));
  const isGrey = holdsLevels(given);
  const known = Float32Array.from(given.data, (value) => (isGrey ? value / 255 : value));
  const all = Int32Array.from([...labels, ...drawnLabels]);
  if (known.length + synthetic.data.length !== all.length * size) {
    throw new Error("internal: drawn examples have the shape of the given ones");
  }
  return { synthetic, both: joined([known, synthetic.data], shape, all) };
}

function joined(
  parts: readonly Float32Array[],
  shape: readonly number[],
  labels: Int32Array,
): LabelledExamples {
  const data = new Float32Array(labels.length * sizeOf(shape));
  let at = 0;
  for (const part of parts) {
    data.set(part, at);
    at += part.length;
  }
  return { data, shape: [labels.length, ...shape], labels };
}

/** How many to draw of each class. */
function countsOf(
  fn: string,
  perClass: AugmentOptions["perClass"],
  labels: Int32Array,
): readonly number[] {
  const classes = labels.reduce((most, label) => Math.max(most, label + 1), 0);
  if (perClass === "balance") {
    const counts = new Array<number>(classes).fill(0);
    for (const label of labels) counts[label]++;
    const most = Math.max(...counts);
    return counts.map((number) => (number === 0 ? 0 : most - number));
  }
  if (typeof perClass === "number") return new Array<number>(classes).fill(perClass);
  if (perClass.length === classes) return perClass;
  throw new RangeError(
    `${fn}: perClass must have a number for each of the ${classes} classes, got ${perClass.length}`,
  );
}

interface Class {
  readonly label: number;
  readonly number: number;
  readonly draw: boolean;
  readonly seed: number;
}

async function drawClass(
  model: LatentVariableModel,
  { given, labels }: { readonly given: NdArray; readonly labels: Int32Array },
  { label, number, draw, seed }: Class,
): Promise<NdArray<Float32Array>> {
  const shown = { draw, seed };
  if (model.condition?.accepts.includes("label") === true) {
    return (await sample(model, number, { label, ...shown })) as NdArray<Float32Array>;
  }
  if (model.condition !== undefined) {
    throw new Error(
      `augment: the condition of the model must be a label, got ${describeValue(model.condition.accepts.join(", "))}`,
    );
  }
  const own = Int32Array.from(labels.keys()).filter((i) => labels[i] === label);
  assertInteger({ fn: "augment", name: `number of examples of class ${label}` }, own.length, {
    min: 1,
  });
  const prior = await aggregatedPosterior(model, takeRows(given, own));
  const codes = await prior.sample(number, { seed });
  return (await decode(model, codes, shown)) as NdArray<Float32Array>;
}
