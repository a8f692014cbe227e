/** @file What people say of one column of a condition: one value for all examples or one for each, with null where it is missing. */
import { describeValue, type ArgumentName, type NdArray } from "@elbo/core";

/** Values of one column, not yet checked by their kind. */
export interface ConditionValues {
  /** `[size]` where one value serves all, else `[count, size]`. */
  readonly data: ArrayLike<number>;
  readonly isOne: boolean;
  /** Whether a row's value is missing. */
  readonly isMissing: (index: number) => boolean;
}

/** What {@link readConditionValues} takes. */
export interface ValuesRule {
  /** Shape of one value: `[]` or `[k]`. */
  readonly shape: readonly number[];
  /** Examples. */
  readonly count: number;
  /** Whether null stands for a missing value. */
  readonly isOptional: boolean;
}

const never = (): boolean => false;

/**
 * Reads one value for all, or one for each example: numbers, lists (of lists), typed arrays, `{ data, shape }`.
 *
 * @throws TypeError for what is none of these, RangeError for another number of values
 */
export function readConditionValues(
  at: ArgumentName,
  value: unknown,
  rule: ValuesRule,
): ConditionValues {
  const { fn, name } = at;
  if (value === null) {
    assertOptional(at, rule, "");
    return { data: [], isOne: true, isMissing: () => true };
  }
  const isPlain = typeof value === "number" || typeof value === "boolean";
  if (isPlain && rule.shape.length === 0) {
    return { data: [Number(value)], isOne: true, isMissing: never };
  }
  if (Array.isArray(value)) return ofList(at, value, rule);
  if (ArrayBuffer.isView(value) && "length" in value) {
    const data = value as unknown as ArrayLike<number>;
    return ofArray(at, { data, shape: [data.length] }, rule);
  }
  const { data, shape } = (value ?? {}) as Partial<NdArray>;
  if (data !== undefined && shape !== undefined) return ofArray(at, { data, shape }, rule);
  throw new TypeError(`${fn}: ${name} must be ${wanted(rule)}, got ${describeValue(value)}`);
}

function wanted({ shape, count, isOptional }: ValuesRule): string {
  const one = shape.length === 0 ? "a number" : `a list of ${shape[0]} numbers`;
  return `${one} for all examples, or a list of ${count}, one per example${isOptional ? " (null where it is missing)" : ""}`;
}

/** Lists of numbers, and of rows of numbers, with null among them. */
function ofList(at: ArgumentName, list: readonly unknown[], rule: ValuesRule): ConditionValues {
  const [k] = rule.shape;
  const isRow = (entry: unknown): boolean => Array.isArray(entry) || ArrayBuffer.isView(entry);
  if (k === undefined || list.some(isRow) || list.every((entry) => entry === null)) {
    assertCount(at, list.length, rule);
    const data = new Float64Array(rule.count * (k ?? 1));
    list.forEach((entry, i) => {
      if (entry === null) assertOptional(at, rule, ` at ${i}`);
      else data.set(rowOf(at, entry, { rule, i }), i * (k ?? 1));
    });
    const missing = list.map((entry) => entry === null);
    return { data, isOne: false, isMissing: (index) => missing[index] };
  }
  return { data: rowOf(at, list, { rule }), isOne: true, isMissing: never };
}

/** One value as numbers. */
function rowOf(
  { fn, name }: ArgumentName,
  entry: unknown,
  { rule, i }: { readonly rule: ValuesRule; readonly i?: number },
): number[] {
  const [k] = rule.shape;
  const row: readonly unknown[] =
    k === undefined ? [entry] : Array.from(entry as ArrayLike<unknown>);
  const place = i === undefined ? "" : ` at ${i}`;
  if (k !== undefined && row.length !== k) {
    throw new RangeError(`${fn}: ${name} must have ${k} values, got ${row.length}${place}`);
  }
  return row.map((number) => {
    if (typeof number === "number" || typeof number === "boolean") return Number(number);
    throw new TypeError(
      `${fn}: ${name} must be ${wanted(rule)}, got ${describeValue(number)}${place}`,
    );
  });
}

/** Arrays with a shape: that of a value, or of one per example; `[n, 1]` holds numbers. */
function ofArray(
  at: ArgumentName,
  { data, shape }: { readonly data: ArrayLike<number>; readonly shape: readonly number[] },
  rule: ValuesRule,
): ConditionValues {
  const [k] = rule.shape;
  const size = Array.isArray(shape) ? sizeOf(shape) : NaN;
  if (size !== data.length) {
    throw new RangeError(
      `${at.fn}: ${at.name} must have as many values as its shape says, got ${data.length} of ${describeValue(shape)}`,
    );
  }
  const [first, ...rest] = shape;
  if (k !== undefined && rest.length === 0 && first === k) {
    return { data, isOne: true, isMissing: never };
  }
  const fits =
    k === undefined ? rest.every((size) => size === 1) : rest.length === 1 && rest[0] === k;
  if (!fits) {
    throw new RangeError(
      `${at.fn}: ${at.name} must be ${wanted(rule)}, got the shape [${shape.join(", ")}]`,
    );
  }
  assertCount(at, first, rule);
  return { data, isOne: false, isMissing: never };
}

const sizeOf = (shape: readonly number[]): number =>
  shape.reduce((product, length) => product * length, 1);

function assertCount({ fn, name }: ArgumentName, length: number, { count }: ValuesRule): void {
  if (length === count) return;
  throw new RangeError(`${fn}: ${name} must be ${count}, one per example, got ${length}`);
}

function assertOptional({ fn, name }: ArgumentName, rule: ValuesRule, place: string): void {
  if (rule.isOptional) return;
  throw new TypeError(
    `${fn}: ${name} must be given for every example of a model that was made without drop, got null${place}`,
  );
}

/** Visits every number that is not missing, with its place. */
export function forEachValue(
  { data, isOne, isMissing }: ConditionValues,
  size: number,
  visit: (value: number, index: number) => void,
): void {
  if (isOne && isMissing(0)) return;
  for (let i = 0; i < data.length; i++) {
    if (isOne || !isMissing(Math.floor(i / size))) visit(data[i], i);
  }
}
