import { describeValue, mixed, readOptions, rules, type OptionTable } from "@elbo/core";

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
 * @param labels one per example, -1 or null where nobody knows
 * @throws TypeError for what is no list, RangeError for labels that are no integers, when a part is empty, or a balanced batch cannot have as many rows of each class
 */
export function labelledPlan(
  labels: ArrayLike<number | null>,
  options: LabelledPlanOptions,
): ReturnType<typeof mixed> {
  const fn = "labelledPlan";
  const { labelled, unlabelled, balanced } = readOptions(fn, table, options);
  const known = readLabels(fn, labels);
  const others: number[] = [];
  const byClass = new Map<number, number[]>();
  for (const [i, label] of known.entries()) {
    if (label < 0) others.push(i);
    else if (byClass.has(label)) byClass.get(label)?.push(i);
    else byClass.set(label, [i]);
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

/** Labels as integers, null as -1. */
function readLabels(fn: string, labels: unknown): Int32Array {
  const isList = Array.isArray(labels) || (ArrayBuffer.isView(labels) && "length" in labels);
  const must = "labels must be a list of integers, -1 or null where nobody knows";
  if (!isList) throw new TypeError(`${fn}: ${must}, got ${describeValue(labels)}`);
  return Int32Array.from(labels as ArrayLike<unknown>, (label, i) => {
    if (label === null) return -1;
    if (Number.isInteger(label) && (label as number) >= -1) return label as number;
    throw new RangeError(`${fn}: ${must}, got ${describeValue(label)} at ${i}`);
  });
}

/** A class with fewer examples than it has rows in a batch is repeated. */
const repeated = (rows: readonly number[], count: number): number[] =>
  Array.from({ length: Math.max(1, Math.ceil(count / rows.length)) }, () => rows).flat();
