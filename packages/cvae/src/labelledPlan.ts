import { mixed, readOptions, rules, type OptionTable } from "@elbo/core";

/** Options of {@link labelledPlan}. */
export interface LabelledPlanOptions {
  /** Labelled rows of every batch, at least 1. */
  readonly labelled: number;
  /** Other rows of every batch, at least 1. */
  readonly unlabelled: number;
  /** Whether the labelled rows of a batch are as many of each class: rare ones come round more often. Default false. */
  readonly balanced?: boolean;
}

const table = {
  labelled: { rule: rules.integer({ min: 1 }) },
  unlabelled: { rule: rules.integer({ min: 1 }) },
  balanced: { rule: rules.boolean(), default: false },
} satisfies OptionTable<LabelledPlanOptions>;

/**
 * Batches of so many labelled rows and then so many others, for `semiSupervised({ rows })`.
 *
 * Where the labelled part has few examples of a class, q(y|x) learns to say that class rarely; `balanced` shows each class as often,
 * and `classPrior` of the model then stays that of the unlabelled data.
 *
 * @param labels one per example, -1 where nobody knows
 * @throws RangeError when a part is empty, or a balanced batch cannot have as many rows of each class
 */
export function labelledPlan(
  labels: ArrayLike<number>,
  options: LabelledPlanOptions,
): ReturnType<typeof mixed> {
  const fn = "labelledPlan";
  const { labelled, unlabelled, balanced } = readOptions(fn, table, options);
  const others: number[] = [];
  const byClass = new Map<number, number[]>();
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] < 0) others.push(i);
    else if (byClass.has(labels[i])) byClass.get(labels[i])?.push(i);
    else byClass.set(labels[i], [i]);
  }
  const classes = [...byClass.entries()].sort(([a], [b]) => a - b).map(([, rows]) => rows);
  if (others.length === 0 || classes.length === 0) {
    throw new RangeError(
      `${fn}: labels must be known for some examples and -1 for others, got ${classes.length === 0 ? "none that is known" : "no -1"}`,
    );
  }
  const rest = { rows: others, count: unlabelled };
  if (!balanced) return mixed([{ rows: classes.flat(), count: labelled }, rest]);
  if (labelled % classes.length !== 0) {
    throw new RangeError(
      `${fn}: labelled must be a multiple of the number of classes (${classes.length}) to be balanced, got ${labelled}`,
    );
  }
  const count = labelled / classes.length;
  return mixed([...classes.map((rows) => ({ rows: repeated(rows, count), count })), rest]);
}

/** A class with fewer examples than it has rows in a batch is repeated. */
const repeated = (rows: readonly number[], count: number): number[] =>
  Array.from({ length: Math.max(1, Math.ceil(count / rows.length)) }, () => rows).flat();
