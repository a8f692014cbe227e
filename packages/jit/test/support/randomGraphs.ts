/** Random TF.js functions made of covered operators, for comparing compiled with eager. */
import * as tf from "@tensorflow/tfjs-core";

/** One step of a random function: an operator by number, operands by number, and a seed for its other arguments. */
export interface Instruction {
  readonly op: number;
  readonly a: number;
  readonly b: number;
  readonly seed: number;
}

/** Draws whole numbers below n, the same for the same seed. */
export type Draw = (n: number) => number;

/** A small generator (a linear congruence is random enough to pick arguments). */
export function drawing(seed: number): Draw {
  let state = (seed ^ 0x9e3779b9) >>> 0;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

/** Applies an operator, or returns undefined where the operands do not suit it. */
type Apply = (a: tf.Tensor, b: tf.Tensor, draw: Draw) => tf.Tensor | undefined;

/** Away from kinks at 0, where sums that cancel would fall on either side by rounding. */
const shifted = (x: tf.Tensor): tf.Tensor => tf.add(x, 0.0371);
const positive = (x: tf.Tensor): tf.Tensor => tf.add(tf.abs(shifted(x)), 0.5);
const bounded = (x: tf.Tensor): tf.Tensor => tf.tanh(x);

const unary: Record<string, (x: tf.Tensor) => tf.Tensor> = {
  abs: (x) => tf.abs(shifted(x)),
  acos: (x) => tf.acos(tf.mul(bounded(x), 0.9)),
  acosh: (x) => tf.acosh(tf.add(tf.square(bounded(x)), 1.5)),
  asin: (x) => tf.asin(tf.mul(bounded(x), 0.9)),
  asinh: tf.asinh,
  atan: tf.atan,
  atanh: (x) => tf.atanh(tf.mul(bounded(x), 0.9)),
  clip: (x) => tf.clipByValue(x, -0.8, 1.3),
  cos: tf.cos,
  cosh: (x) => tf.cosh(bounded(x)),
  elu: tf.elu,
  erf: tf.erf,
  exp: (x) => tf.exp(bounded(x)),
  expm1: (x) => tf.expm1(bounded(x)),
  leakyRelu: (x) => tf.leakyRelu(shifted(x), 0.3),
  log: (x) => tf.log(positive(x)),
  log1p: (x) => tf.log1p(positive(x)),
  logSigmoid: tf.logSigmoid,
  neg: tf.neg,
  reciprocal: (x) => tf.reciprocal(positive(x)),
  relu: (x) => tf.relu(shifted(x)),
  relu6: (x) => tf.relu6(shifted(x)),
  rsqrt: (x) => tf.rsqrt(positive(x)),
  selu: (x) => tf.selu(shifted(x)),
  sigmoid: tf.sigmoid,
  sin: tf.sin,
  sinh: (x) => tf.sinh(bounded(x)),
  softplus: tf.softplus,
  sqrt: (x) => tf.sqrt(positive(x)),
  square: (x) => tf.square(bounded(x)),
  tan: (x) => tf.tan(bounded(x)),
  tanh: tf.tanh,
};

const broadcasting: Record<string, (a: tf.Tensor, b: tf.Tensor) => tf.Tensor> = {
  add: tf.add,
  atan2: (a, b) => tf.atan2(a, positive(b)),
  div: (a, b) => tf.div(a, positive(b)),
  mul: (a, b) => tf.mul(bounded(a), b),
  pow: (a, b) => tf.pow(positive(bounded(a)), bounded(b)),
  sub: tf.sub,
  where: (a, b) => tf.where(tf.greaterEqual(shifted(a), b), a, tf.mul(b, 2)),
};

/** TF.js's gradients of these do not sum over what was broadcast. */
const sameShape: Record<string, (a: tf.Tensor, b: tf.Tensor) => tf.Tensor> = {
  maximum: (a, b) => tf.maximum(shifted(a), b),
  minimum: (a, b) => tf.minimum(shifted(a), b),
  prelu: (a, b) => tf.prelu(shifted(a), b),
  squaredDifference: (a, b) => tf.squaredDifference(bounded(a), bounded(b)),
};

const reductions: Record<string, (x: tf.Tensor, axis: number[], keep: boolean) => tf.Tensor> = {
  logSumExp: (x, axis, keep) => tf.logSumExp(bounded(x), axis, keep),
  max: tf.max,
  mean: tf.mean,
  min: tf.min,
  norm: (x, axis, keep) => tf.sqrt(tf.add(tf.sum(tf.square(bounded(x)), axis, keep), 0.1)),
  sum: (x, axis, keep) => tf.sum(bounded(x), axis, keep),
};

const byRank: Record<string, Apply> = {
  broadcast: (a, _, draw) => tf.broadcastTo(a, [1 + draw(3), ...a.shape]),
  concat: (a, _, draw) => (a.rank > 0 ? tf.concat([a, tf.neg(a)], draw(a.rank)) : undefined),
  cumsum: (a, _, draw) =>
    a.rank > 0 ? tf.cumsum(bounded(a), a.rank - 1, draw(2) === 0, draw(2) === 0) : undefined,
  expandDims: (a, _, draw) => (a.rank < 4 ? tf.expandDims(a, draw(a.rank + 1)) : undefined),
  flatten: (a) => tf.reshape(a, [-1]),
  gather: (a, _, draw) => {
    if (a.rank === 0) return undefined;
    const axis = draw(a.rank);
    const n = a.shape[axis];
    if (n === 0) return undefined;
    const indices = Array.from({ length: 1 + draw(5) }, () => draw(n)); // often repeated
    return tf.gather(a, tf.tensor1d(indices, "int32"), axis);
  },
  matMul: (a, _, draw) => {
    if (a.rank < 2) return undefined;
    const [m, k] = a.shape.slice(-2);
    const transposeA = draw(2) === 0;
    const inner = transposeA ? m : k;
    if (a.size === 0) return undefined;
    const n = 1 + draw(3);
    const transposeB = draw(2) === 0;
    const values = tf.linspace(-1, 1, inner * n);
    const b = tf.reshape(values, transposeB ? [n, inner] : [inner, n]);
    return tf.matMul(bounded(a), b, transposeA, transposeB);
  },
  mirrorPad: (a, _, draw) => {
    if (a.rank === 0 || a.rank > 4 || a.shape.some((d) => d < 2)) return undefined;
    const pads = a.shape.map((): [number, number] => [draw(2), draw(2)]);
    return tf.mirrorPad(a, pads, draw(2) === 0 ? "reflect" : "symmetric");
  },
  pad: (a, _, draw) =>
    a.rank > 0 && a.rank < 5
      ? tf.pad(
          a,
          a.shape.map((): [number, number] => [draw(2), draw(2)]),
          0.5,
        )
      : undefined,
  reverse: (a, _, draw) => (a.rank > 0 ? tf.reverse(a, [draw(a.rank)]) : undefined),
  slice: (a, _, draw) => {
    if (a.rank === 0) return undefined;
    const begin = a.shape.map((d) => draw(d));
    return tf.slice(a, begin, a.shape.map((d, i) => d - begin[i])); // prettier-ignore
  },
  softmax: (a) => (a.rank > 0 ? tf.softmax(a) : undefined),
  logSoftmax: (a) => (a.rank > 0 ? tf.logSoftmax(a) : undefined),
  split: (a, _, draw) => {
    const axis = a.shape.findIndex((d) => d > 1);
    if (axis < 0) return undefined;
    const first = 1 + draw(a.shape[axis] - 1);
    const [x, y] = tf.split(a, [first, a.shape[axis] - first], axis);
    return draw(2) === 0 ? x : y;
  },
  stack: (a, _, draw) =>
    a.rank < 4 ? tf.stack([a, tf.square(bounded(a))], draw(a.rank + 1)) : undefined,
  tile: (a, _, draw) => (a.rank > 0 ? tf.tile(a, a.shape.map(() => 1 + draw(2))) : undefined), // prettier-ignore
  transpose: (a, _, draw) => {
    const shift = draw(Math.max(a.rank, 1));
    return tf.transpose(a, a.shape.map((_, i) => (i + shift) % a.rank)); // prettier-ignore
  },
  unstack: (a, _, draw) =>
    a.rank > 0 && a.size > 0 && a.shape[0] > 1 ? tf.unstack(a)[draw(a.shape[0])] : undefined,
};

/** TF.js has no gradients of these, or wrong ones. */
const valueOnly: Record<string, Apply> = {
  cumsumAlong: (a, _, draw) =>
    a.rank > 0 ? tf.cumsum(bounded(a), draw(a.rank), draw(2) === 0, draw(2) === 0) : undefined,
  einsum: (a, b) =>
    a.rank === 2 && b.rank === 2 && a.shape[1] === b.shape[1]
      ? tf.einsum("ij,kj->ik", bounded(a), bounded(b))
      : undefined,
  maximumBroadcast: (a, b) => (broadcasts(a, b) ? tf.maximum(a, b) : undefined),
  stridedSlice: (a, _, draw) => {
    if (a.rank === 0 || a.size === 0) return undefined;
    const reversed = a.shape.map(() => draw(2) === 0);
    const strides = reversed.map((r) => (1 + draw(2)) * (r ? -1 : 1));
    const begin = a.shape.map((d, i) => (reversed[i] ? d - 1 : 0));
    const masks = 2 ** a.rank - 1;
    return tf.stridedSlice(a, begin, [...a.shape], strides, 0, masks);
  },
  minimumBroadcast: (a, b) => (broadcasts(a, b) ? tf.minimum(a, b) : undefined),
};

/**
 * Operators with jumps: rounding could put eager and compiled on different sides of one, so they see inputs only,
 * which are small multiples of 1/4. Their gradients are nothing to test.
 */
const jumping: Record<string, Apply> = {
  argMax: (a, _, draw) =>
    a.rank > 0 && a.size > 0 ? tf.cast(tf.argMax(a, draw(a.rank)), "float32") : undefined,
  argMin: (a, _, draw) =>
    a.rank > 0 && a.size > 0 ? tf.cast(tf.argMin(a, draw(a.rank)), "float32") : undefined,
  any: (a) => tf.cast(tf.any(tf.greater(a, 0.5)), "float32"),
  all: (a) => tf.cast(tf.all(tf.less(a, 0.5)), "float32"),
  ceil: (a) => tf.ceil(a),
  cumprod: (a, _, draw) => (a.rank > 0 ? tf.cumprod(a, draw(a.rank)) : undefined),
  equal: (a) => tf.cast(tf.logicalXor(tf.equal(a, 0.25), tf.notEqual(a, 0.5)), "float32"),
  finite: (a) => tf.cast(tf.logicalOr(tf.isFinite(a), tf.isNaN(a)), "float32"),
  floor: (a) => tf.floor(a),
  floorDiv: (a) => tf.cast(tf.floorDiv(tf.cast(a, "int32"), tf.scalar(2, "int32")), "float32"),
  mod: (a) => tf.mod(a, tf.scalar(0.75)),
  oneHot: (a) => tf.mul(tf.cast(tf.oneHot(tf.cast(tf.abs(a), "int32"), 3), "float32"), 2),
  prod: (a) => tf.prod(a),
  round: (a) => tf.round(a),
  sign: (a) => tf.sign(a),
  step: (a) => tf.step(a, 0.25),
  topk: (a, _, draw) => {
    if (a.rank === 0 || a.shape.at(-1) === 0) return undefined;
    const { values, indices } = tf.topk(a, 1 + draw(a.shape.at(-1) as number));
    return tf.add(values, tf.cast(indices, "float32"));
  },
};

function broadcasts(a: tf.Tensor, b: tf.Tensor): boolean {
  // TF.js broadcasts 0 and 1 to 1, where NumPy says 0.
  if (a.size * b.size === 0) return tf.util.arraysEqual(a.shape, b.shape);
  return a.shape.every((_, i) => {
    const [m, n] = [a.shape.at(-1 - i) as number, b.shape.at(-1 - i) ?? 1];
    return m === n || m === 1 || n === 1;
  });
}

interface Operator {
  readonly name: string;
  readonly apply: Apply;
  /** Whether it is applied to inputs only. */
  readonly raw?: boolean;
  readonly valueOnly?: boolean;
}

const operators: readonly Operator[] = [
  ...Object.entries(unary).map(([name, f]) => ({ name, apply: (a: tf.Tensor) => f(a) })),
  ...Object.entries(broadcasting).map(([name, f]) => ({
    name,
    apply: (a: tf.Tensor, b: tf.Tensor) => (broadcasts(a, b) ? f(a, b) : undefined),
  })),
  ...Object.entries(sameShape).map(([name, f]) => ({
    name,
    apply: (a: tf.Tensor, b: tf.Tensor) =>
      tf.util.arraysEqual(a.shape, b.shape) ? f(a, b) : undefined,
  })),
  ...Object.entries(reductions).map(([name, f]) => ({
    name,
    apply: (a: tf.Tensor, _: tf.Tensor, draw: Draw) => {
      const axes = a.shape.flatMap((__, i) => (draw(2) === 0 ? [i] : []));
      return a.size === 0 ? undefined : f(a, axes, draw(2) === 0);
    },
  })),
  ...Object.entries(byRank).map(([name, apply]) => ({ name, apply })),
  ...Object.entries(jumping).map(([name, apply]) => ({
    name,
    apply,
    raw: true,
    valueOnly: true,
  })),
  ...Object.entries(valueOnly).map(([name, apply]) => ({ name, apply, valueOnly: true })),
];

/** Names of the operators, by their numbers. */
export const operatorNames = operators.map(({ name }) => name);

/** Above this many elements or dimensions a result is not kept. */
const sizeLimit = 2000;
const rankLimit = 5;

/** Runs instructions over inputs and returns everything computed; operators that do not suit are passed over. */
export function runInstructions(
  inputs: readonly tf.Tensor[],
  instructions: readonly Instruction[],
  { differentiable = false } = {},
): tf.Tensor[] {
  const values = [...inputs];
  for (const { op, a, b, seed } of instructions) {
    const { raw, apply, ...operator } = operators[op % operators.length];
    if (differentiable && operator.valueOnly) continue;
    const pool = raw ? inputs : values;
    const result = apply(pool[a % pool.length], pool[b % pool.length], drawing(seed));
    if (result && result.size <= sizeLimit && result.rank <= rankLimit) values.push(result);
  }
  return values.slice(inputs.length);
}
