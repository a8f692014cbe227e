import { describeValue } from "@elbo/common";

/** Numbers as people have them: an array or a typed array. */
export type NumbersLike = ArrayLike<number>;

/**
 * Weights of examples, one each: what an example's terms are multiplied by.
 *
 * @throws TypeError for what is no list of numbers, RangeError for another length or a weight that is negative or not finite
 */
export function readExampleWeights(fn: string, weights: unknown, count: number): Float32Array {
  const list = numbersIn(fn, "weights", weights, count);
  for (let i = 0; i < count; i++) {
    if (list[i] >= 0 && list[i] < Infinity) continue;
    throw new RangeError(
      `${fn}: weights must be finite and at least 0, got ${describeValue(list[i])} at ${i}`,
    );
  }
  if (!Array.prototype.some.call(list, (weight) => weight > 0)) {
    throw new RangeError(`${fn}: weights must be above 0 for some example, got 0 for all ${count}`);
  }
  return Float32Array.from(list);
}

/**
 * Labels of examples, one class each, of whatever classes there are; null is -1, which nobody knows.
 *
 * @throws TypeError for what is no list of numbers, RangeError for another length or a label that is no integer
 */
export function readExampleLabels(fn: string, labels: unknown, count: number): Int32Array {
  const given = numbersIn(fn, "labels", labels, count);
  const list = Array.isArray(given)
    ? given.map((label: unknown) => (label === null ? -1 : (label as number)))
    : given;
  for (let i = 0; i < count; i++) {
    if (Number.isInteger(list[i])) continue;
    throw new RangeError(`${fn}: labels must be integers, got ${describeValue(list[i])} at ${i}`);
  }
  return labels instanceof Int32Array ? labels : Int32Array.from(list);
}

// eslint-disable-next-line max-params -- two say where, two what
function numbersIn(fn: string, name: string, value: unknown, count: number): NumbersLike {
  const isList = Array.isArray(value) || (ArrayBuffer.isView(value) && "length" in value);
  if (!isList) {
    throw new TypeError(
      `${fn}: ${name} must be an array or a typed array of ${count} numbers, got ${describeValue(value)}`,
    );
  }
  const list = value as unknown as NumbersLike;
  if (list.length !== count) {
    throw new RangeError(`${fn}: ${name} must be ${count}, one per example, got ${list.length}`);
  }
  return list;
}
