/**
 * Gradient-boosted trees for classes: each stage fits one tree of depth 3 per class to the gradient of the log loss, with
 * Newton steps in the leaves (Friedman 2001, "Greedy function approximation", algorithm 6). What DCI's importances come from.
 *
 * Codes are cut into at most 255 bins by their quantiles. The importance of a code is the sum of `n (impurity decrease)` over its
 * splits. Cost: some `1.5 stages x classes x points x codes` additions.
 */
import { binByQuantiles, TreeGrower } from "./histogramTree.ts";
import type { TreePoints } from "./histogramTree.ts";

/** What a booster learns from. */
export interface BoostingProblem {
  /** J columns of codes. */
  readonly codes: readonly Float64Array[];
  readonly labels: Int32Array;
  readonly classes: number;
  readonly train: Int32Array;
  readonly test: Int32Array;
}

/** Options of {@link boostTrees}; defaults are those of scikit-learn's GradientBoostingClassifier. */
export interface BoostingOptions {
  readonly stages?: number;
  readonly depth?: number;
  readonly rate?: number;
}

/** What boosting gives. */
export interface Boosted {
  /** J importances that sum to 1, or zeros where nothing could be split. */
  readonly importances: Float64Array;
  readonly trainAccuracy: number;
  readonly testAccuracy: number;
}

/** Boosts trees; two classes share one tree per stage. */
export function boostTrees(problem: BoostingProblem, options: BoostingOptions = {}): Boosted {
  const { codes, labels, classes, train, test } = problem;
  const { stages = 100, depth = 3, rate = 0.1 } = options;
  const n = labels.length;
  const grower = new TreeGrower(binByQuantiles(codes, train), depth);
  const importances = new Float64Array(codes.length);
  const outputs = classes === 2 ? 1 : classes;
  const scores = startScores(problem, outputs);
  const all = Int32Array.from({ length: n }, (_, i) => i);
  const residuals = new Float64Array(n);
  for (let stage = 0; stage < stages; stage++) {
    const probabilities = probabilitiesOf(scores, train);
    for (let k = 0; k < outputs; k++) {
      const p = probabilities[k];
      const target = outputs === 1 ? 1 : k;
      for (let n = 0; n < train.length; n++) {
        const i = train[n];
        residuals[i] = (labels[i] === target ? 1 : 0) - p[i];
      }
      const factor = outputs === 1 ? 1 : (classes - 1) / classes;
      const onLeaf = ({ train: points, all: inside }: TreePoints): void => {
        let [numerator, denominator] = [0, 0];
        for (let n = 0; n < points.length; n++) {
          const i = points[n];
          numerator += residuals[i];
          denominator += p[i] * (1 - p[i]);
        }
        const step = Math.abs(denominator) < 1e-150 ? 0 : (factor * numerator) / denominator;
        const ofClass = scores[k];
        for (let n = 0; n < inside.length; n++) ofClass[inside[n]] += rate * step;
      };
      const onSplit = (code: number, gain: number): void => {
        importances[code] += gain;
      };
      grower.grow({ train, all }, { targets: residuals, onSplit, onLeaf });
    }
  }
  const sum = importances.reduce((a, b) => a + b, 0);
  const predicted = (i: number): number => bestClass(scores, i);
  const accuracy = (points: Int32Array): number =>
    points.reduce((right, i) => right + (predicted(i) === labels[i] ? 1 : 0), 0) /
    Math.max(1, points.length);
  return {
    importances: sum > 0 ? importances.map((value) => value / sum) : importances,
    trainAccuracy: accuracy(train),
    testAccuracy: accuracy(test),
  };
}

/** Log odds, or logs, of the classes' shares of the training points. */
function startScores({ labels, classes, train }: BoostingProblem, outputs: number): Float64Array[] {
  const shares = new Float64Array(classes);
  for (const i of train) shares[labels[i]] += 1 / train.length;
  const held = shares.map((share) => Math.min(Math.max(share, 1e-7), 1 - 1e-7));
  return Array.from({ length: outputs }, (_, k) => {
    const start = outputs === 1 ? Math.log(held[1] / held[0]) : Math.log(held[k]);
    return new Float64Array(labels.length).fill(start);
  });
}

/** Of the training points; 0 for others. */
function probabilitiesOf(scores: readonly Float64Array[], train: Int32Array): Float64Array[] {
  const out = scores.map((column) => new Float64Array(column.length));
  if (scores.length === 1) {
    for (const i of train) out[0][i] = 1 / (1 + Math.exp(-scores[0][i]));
    return out;
  }
  for (const i of train) {
    let largest = -Infinity;
    for (const column of scores) largest = Math.max(largest, column[i]);
    let sum = 0;
    for (let k = 0; k < scores.length; k++) sum += out[k][i] = Math.exp(scores[k][i] - largest);
    for (const column of out) column[i] /= sum;
  }
  return out;
}

function bestClass(scores: readonly Float64Array[], i: number): number {
  if (scores.length === 1) return scores[0][i] > 0 ? 1 : 0;
  let best = 0;
  for (let k = 1; k < scores.length; k++) if (scores[k][i] > scores[best][i]) best = k;
  return best;
}
