/**
 * @file The objective of M2 (Kingma et al. 2014, arXiv:1406.5298). Labelled rows cost one pass, the others one for each class, all of
 * them rows of one and the same pass: of n labelled and u other rows it has `n + classes u`, which share the noise of their example.
 */
import type {
  Columns,
  Likelihood,
  Networks,
  Objective,
  Operations,
  Pass,
  Schedule,
  StepContext,
} from "@elbo/core";
import * as tf from "@tensorflow/tfjs-core";
import { oneHot } from "./classColumn.ts";

/** What {@link marginalObjective} is made of. */
export interface MarginalOptions {
  readonly classes: number;
  readonly likelihood: Likelihood;
  /** `{ classifier }`: examples to logits of q(y|x). */
  readonly networks: Networks;
  /** Weight of `-log q(y|x)` of labelled rows. */
  readonly weight: Schedule;
  /** `log p(y)` by class. */
  readonly logPrior: readonly number[];
  /** How many rows at the start of a training batch are labelled, and how many others follow; absent: they come in any order. */
  readonly rows: { readonly labelled: number; readonly unlabelled: number } | undefined;
}

/**
 * Labelled rows pay `L(x, y) = distortion + rate - log p(y)` (equation 6) and `-w log q(y|x)` (equation 9), the others
 * `sum_y q(y|x) (L(x, y) + log q(y|x))` (equation 7): minus lower bounds of `log p(x, y)` and `log p(x)`.
 */
export function marginalObjective(options: MarginalOptions): Objective {
  const { classes, networks, weight, rows, logPrior } = options;
  return {
    kind: "marginal",
    options: {
      classes,
      logPrior: [...logPrior],
      classification: weight.toJSON(),
      rows: rows === undefined ? null : { ...rows },
    },
    networks,
    weights: { classification: weight },
    terms(model, pass, context) {
      const labels = pass.batch["label"];
      const logQ = logPosterior(model, { options, batch: pass.batch, context }); // [B, C]
      const known = oneHot(labels, classes); // zeros where nobody knows
      const first = labelledRows(options, context);
      const parts = first === 0 ? mixedRows : sortedRows;
      const { labelled, unlabelled } = parts({ options, model, pass, logQ, known, first });
      const classification = tf.neg(tf.sum(tf.mul(known, logQ), 1));
      const isLabelled = firstOf(first, context.batchSize);
      return {
        labelled,
        unlabelled,
        classification: first === 0 ? classification : tf.mul(classification, isLabelled),
      };
    },
  };
}

/** `log q(y|x)`, `[B, C]`. */
export function logPosterior(
  model: Operations,
  given: {
    readonly options: Pick<MarginalOptions, "likelihood">;
    readonly batch: Columns;
    readonly context: StepContext;
  },
): tf.Tensor {
  const { options, batch, context } = given;
  const x = options.likelihood.input?.of(batch["x"]) ?? batch["x"];
  return tf.logSoftmax(model.apply("classifier", tf.cast(x, "float32"), { context }));
}

/** How many rows of this batch are known to be labelled: 0 outside of training, where any may be. */
function labelledRows({ rows }: MarginalOptions, { training, batchSize }: StepContext): number {
  if (rows === undefined || !training) return 0;
  return batchSize === rows.labelled + rows.unlabelled ? rows.labelled : 0;
}

interface Rows {
  readonly options: MarginalOptions;
  readonly model: Operations;
  readonly pass: Pass;
  /** `[B, C]` */
  readonly logQ: tf.Tensor;
  readonly known: tf.Tensor;
  /** Labelled rows at the start of the batch. */
  readonly first: number;
}

interface Costs {
  readonly labelled: tf.Tensor;
  readonly unlabelled: tf.Tensor;
}

/** All classes of all rows; what is known picks among them. */
function mixedRows({ options, model, pass, logQ, known }: Rows): Costs {
  const cost = costsOf(model, pass, { options, first: 0 }).ofClasses; // [B, C]
  const isKnown = tf.sum(known, 1); // [B]
  return {
    labelled: tf.sum(tf.mul(known, cost), 1),
    unlabelled: tf.mul(tf.sub(1, isKnown), marginal(cost, logQ)),
  };
}

/** The first rows with their labels, all classes of the others. */
function sortedRows({ options, model, pass, logQ, known, first }: Rows): Costs {
  const { ofLabels, ofClasses } = costsOf(model, pass, { options, first });
  const others = pass.context.batchSize - first;
  // An unlabelled row among them would have no cost: it is to be infinite instead, and the run says what to do.
  const isKnown = tf.log(tf.sum(tf.slice(known, 0, first), 1)); // 0 or -infinity
  return {
    labelled: tf.concat([tf.sub(ofLabels, isKnown), tf.zeros([others])]),
    unlabelled: tf.concat([tf.zeros([first]), marginal(ofClasses, tf.slice(logQ, first))]),
  };
}

/** `sum_y q(y|x) (L(x, y) + log q(y|x))` */
const marginal = (cost: tf.Tensor, logQ: tf.Tensor): tf.Tensor =>
  tf.sum(tf.mul(tf.exp(logQ), tf.add(cost, logQ)), 1);

const firstOf = (first: number, count: number): tf.Tensor =>
  tf.tensor1d(Array.from({ length: count }, (_, i) => (i < first ? 1 : 0)));

/**
 * `L(x, y)` of the first rows with their labels, `[first]`, and of the others with every class, `[B - first, C]`, by one pass of
 * `first + C (B - first)` rows.
 */
function costsOf(
  model: Operations,
  { batch, context }: Pass,
  { options, first }: { readonly options: MarginalOptions; readonly first: number },
): { readonly ofLabels: tf.Tensor; readonly ofClasses: tf.Tensor } {
  const { classes, logPrior } = options;
  const others = context.batchSize - first;
  const every = oneHot(
    tf.tensor1d(Array.from({ length: classes * others }, (_, i) => Math.floor(i / others))),
    classes,
  );
  const repeated = (values: tf.Tensor): tf.Tensor => repeatOthers(values, first, classes);
  const condition =
    first === 0 ? every : tf.concat([oneHot(tf.slice(batch["label"], 0, first), classes), every]);
  const way = model.pass(mapped(batch, repeated), {
    ...context,
    batchSize: first + classes * others,
    noise: mapped(
      context.noise,
      (noise) => tf.expandDims(repeated(tf.squeeze(noise, [0])), 0), // one draw of the posterior per example
    ),
    condition,
  });
  const priorCost = tf.neg(
    tf.matMul(condition as tf.Tensor2D, tf.tensor2d([...logPrior], [classes, 1])),
  );
  const cost = tf.add(
    tf.sub(way.levels["z"].terms["rate"] as tf.Tensor, tf.squeeze(model.logLikelihood(way), [0])),
    tf.squeeze(priorCost, [1]),
  ); // [first + C others]
  return {
    ofLabels: tf.slice(cost, 0, first),
    ofClasses: tf.transpose(tf.reshape(tf.slice(cost, first), [classes, others])),
  };
}

/** The first rows as they are, then the others once for each class. */
function repeatOthers(values: tf.Tensor, first: number, classes: number): tf.Tensor {
  const times = [classes, ...values.shape.slice(1).map(() => 1)];
  if (first === 0) return tf.tile(values, times);
  return tf.concat([tf.slice(values, 0, first), tf.tile(tf.slice(values, first), times)]);
}

const mapped = (columns: Columns, apply: (values: tf.Tensor) => tf.Tensor): Columns =>
  Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, apply(values)]));
