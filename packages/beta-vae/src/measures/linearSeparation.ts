/**
 * A linear support vector machine on one number, one class against the rest.
 *
 * `min 1/2 (w^2 + b^2) + C sum c_i max(0, 1 - y_i (w x_i + b))^2` with the balanced weight `c_i = n / (classes n_class)` for the one
 * class and 1 for the rest (for two classes both are balanced). Two
 * unknowns and a function that is convex and piecewise quadratic: Newton's method with halved steps ends in some ten passes.
 * The intercept is regularized, as in LIBLINEAR, which scikit-learn's LinearSVC is made of.
 */

const C = 0.01;
const passes = 100;

/** One code, one factor, and which points are for training. */
export interface SeparationProblem {
  readonly code: Float64Array;
  readonly classes: Int32Array;
  /** Number of classes. */
  readonly count: number;
  readonly train: Int32Array;
  readonly test: Int32Array;
}

interface Line {
  readonly w: number;
  readonly b: number;
}

/** The accuracy on the test points of the class whose line is highest, in [0, 1]. */
export function linearSeparation(problem: SeparationProblem): number {
  const { code, classes, count, train, test } = problem;
  const sizes = new Float64Array(count);
  for (const i of train) sizes[classes[i]]++;
  const present = Array.from({ length: count }, (_, c) => c).filter((c) => sizes[c] > 0);
  if (present.length < 2) return accuracy(test, (i) => classes[i] === present[0]);
  const weights = sizes.map((size) => (size === 0 ? 0 : train.length / (present.length * size)));
  const lines = present.map((c) =>
    fit(problem, {
      target: c,
      inside: weights[c],
      outside: present.length > 2 ? 1 : weights[present[0] + present[1] - c],
    }),
  );
  return accuracy(test, (i) => {
    let best = 0;
    for (let c = 1; c < lines.length; c++) {
      if (lines[c].w * code[i] + lines[c].b > lines[best].w * code[i] + lines[best].b) best = c;
    }
    return classes[i] === present[best];
  });
}

function accuracy(points: Int32Array, isRight: (i: number) => boolean): number {
  let right = 0;
  for (const i of points) if (isRight(i)) right++;
  return points.length === 0 ? 0 : right / points.length;
}

interface Target {
  readonly target: number;
  /** Weights of the points of the class, and of the others. */
  readonly inside: number;
  readonly outside: number;
}

/** Value, gradient and second derivatives at a line. */
interface Local {
  readonly value: number;
  readonly gw: number;
  readonly gb: number;
  readonly hww: number;
  readonly hwb: number;
  readonly hbb: number;
}

function look(
  { code, classes, train }: SeparationProblem,
  { target, inside, outside }: Target,
  { w, b }: Line,
): Local {
  let [value, gw, gb] = [(w * w + b * b) / 2, w, b];
  let [hww, hwb, hbb] = [1, 0, 1];
  for (const i of train) {
    const y = classes[i] === target ? 1 : -1;
    const x = code[i];
    const slack = 1 - y * (w * x + b);
    if (slack <= 0) continue;
    const c = C * (y > 0 ? inside : outside);
    value += c * slack * slack;
    gw -= 2 * c * slack * y * x;
    gb -= 2 * c * slack * y;
    hww += 2 * c * x * x;
    hwb += 2 * c * x;
    hbb += 2 * c;
  }
  return { value, gw, gb, hww, hwb, hbb };
}

function fit(problem: SeparationProblem, target: Target): Line {
  let line: Line = { w: 0, b: 0 };
  let at = look(problem, target, line);
  for (let pass = 0; pass < passes; pass++) {
    if (Math.hypot(at.gw, at.gb) < 1e-10 * (1 + at.value)) break;
    const determinant = at.hww * at.hbb - at.hwb * at.hwb;
    const dw = (at.hbb * at.gw - at.hwb * at.gb) / determinant;
    const db = (at.hww * at.gb - at.hwb * at.gw) / determinant;
    let step = 1;
    let next: Line = line;
    let there = at;
    for (; step > 1e-9; step /= 2) {
      next = { w: line.w - step * dw, b: line.b - step * db };
      there = look(problem, target, next);
      if (there.value <= at.value) break;
    }
    if (!(there.value < at.value)) break;
    [line, at] = [next, there];
  }
  return line;
}
