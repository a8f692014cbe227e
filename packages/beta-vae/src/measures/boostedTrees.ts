/**
 * Gradient-boosted trees for classes: each stage fits one tree of depth 3 per class to the gradient of the log loss, with
 * Newton steps in the leaves (Friedman 2001, "Greedy function approximation", algorithm 6). What DCI's importances come from.
 *
 * Codes are cut into at most 255 bins by their quantiles first, and a node is split by one pass over histograms of the bins:
 * `stages x classes x depth x points x codes` additions in all. A split maximizes Friedman's improvement
 * `n_l n_r / (n_l + n_r) (mean_l - mean_r)^2`, and the importance of a code is the sum of `n (impurity decrease)` over its splits.
 */

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

const mostBins = 255;
/** Of one code of one node at a time. */
const sums = new Float64Array(mostBins + 1);
const sizes = new Int32Array(mostBins + 1);

interface Binned {
  /** Per code: the bin of every point. */
  readonly bins: readonly Uint8Array[];
  readonly counts: readonly number[];
}

function binByQuantiles(codes: readonly Float64Array[], train: Int32Array): Binned {
  const edges = codes.map((code) => {
    const sorted = Float64Array.from(train, (i) => code[i]).sort();
    const unique = sorted.filter((value, i) => i === 0 || value !== sorted[i - 1]);
    const many = unique.length > mostBins;
    const source = many ? sorted : unique;
    const cuts = new Set<number>();
    const steps = many ? mostBins : unique.length;
    for (let b = 1; b < steps; b++) {
      const at = many ? Math.floor((b * source.length) / steps) : b;
      if (source[at] > source[at - 1] || many)
        cuts.add((source[Math.max(0, at - 1)] + source[at]) / 2);
    }
    return [...cuts].sort((a, b) => a - b);
  });
  const bins = codes.map((code, j) =>
    Uint8Array.from(code, (value) => upperBound(edges[j], value)),
  );
  return { bins, counts: edges.map((cuts) => cuts.length + 1) };
}

/** How many edges lie below a value. */
function upperBound(edges: readonly number[], value: number): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (edges[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

interface Split {
  readonly code: number;
  /** Points of this bin and those below go left. */
  readonly bin: number;
  readonly gain: number;
}

/** Looks for the best split of some points by residuals; undefined when none improves. */
function bestSplit(
  { bins, counts }: Binned,
  points: Int32Array,
  residuals: Float64Array,
): Split | undefined {
  const n = points.length;
  const packed = new Float64Array(n);
  let total = 0;
  for (let p = 0; p < n; p++) total += packed[p] = residuals[points[p]];
  let best: Split | undefined;
  for (let j = 0; j < bins.length; j++) {
    if (counts[j] < 2) continue;
    sums.fill(0, 0, counts[j]);
    sizes.fill(0, 0, counts[j]);
    const ofCode = bins[j];
    for (let p = 0; p < n; p++) {
      const bin = ofCode[points[p]];
      sums[bin] += packed[p];
      sizes[bin]++;
    }
    let left = 0;
    let leftSum = 0;
    for (let b = 0; b + 1 < counts[j]; b++) {
      left += sizes[b];
      leftSum += sums[b];
      const right = points.length - left;
      if (left === 0 || right === 0 || sizes[b] === 0) continue;
      const difference = leftSum / left - (total - leftSum) / right;
      const gain = ((left * right) / points.length) * difference * difference;
      if (gain > (best?.gain ?? 1e-12)) best = { code: j, bin: b, gain };
    }
  }
  return best;
}

interface Growth {
  readonly binned: Binned;
  readonly residuals: Float64Array;
  readonly importances: Float64Array;
  /** Gives the points of a leaf, of the training and of all, their step. */
  readonly leaf: (points: Int32Array, all: Int32Array) => void;
}

function grow(growth: Growth, depth: number, node: { train: Int32Array; all: Int32Array }): void {
  const { binned, residuals, importances, leaf } = growth;
  const split =
    depth === 0 || node.train.length < 2 ? undefined : bestSplit(binned, node.train, residuals);
  if (split === undefined) {
    leaf(node.train, node.all);
    return;
  }
  importances[split.code] += split.gain;
  const ofCode = binned.bins[split.code];
  const train = partition(node.train, ofCode, split.bin);
  const all = partition(node.all, ofCode, split.bin);
  for (const side of [0, 1] as const)
    grow(growth, depth - 1, { train: train[side], all: all[side] });
}

/** Points of the bins up to one, and the others. */
function partition(
  points: Int32Array,
  bins: Uint8Array,
  bin: number,
): readonly [Int32Array, Int32Array] {
  const out = new Int32Array(points.length);
  let low = 0;
  let high = points.length;
  for (let p = 0; p < points.length; p++) {
    const i = points[p];
    if (bins[i] <= bin) out[low++] = i;
    else out[--high] = i;
  }
  return [out.subarray(0, low), out.subarray(low)];
}

/** Boosts trees; two classes share one tree per stage. */
export function boostTrees(problem: BoostingProblem, options: BoostingOptions = {}): Boosted {
  const { codes, labels, classes, train, test } = problem;
  const { stages = 100, depth = 3, rate = 0.1 } = options;
  const n = labels.length;
  const binned = binByQuantiles(codes, train);
  const importances = new Float64Array(codes.length);
  const outputs = classes === 2 ? 1 : classes;
  const scores = startScores(problem, outputs);
  const all = Int32Array.from({ length: n }, (_, i) => i);
  const residuals = new Float64Array(n);
  for (let stage = 0; stage < stages; stage++) {
    const probabilities = probabilitiesOf(scores);
    for (let k = 0; k < outputs; k++) {
      const p = probabilities[k];
      const target = outputs === 1 ? 1 : k;
      for (let n = 0; n < train.length; n++) {
        const i = train[n];
        residuals[i] = (labels[i] === target ? 1 : 0) - p[i];
      }
      const factor = outputs === 1 ? 1 : (classes - 1) / classes;
      const leaf = (points: Int32Array, inside: Int32Array): void => {
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
      grow({ binned, residuals, importances, leaf }, depth, { train, all });
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

function probabilitiesOf(scores: readonly Float64Array[]): Float64Array[] {
  if (scores.length === 1) return [scores[0].map((score) => 1 / (1 + Math.exp(-score)))];
  const out = scores.map((column) => new Float64Array(column.length));
  for (let i = 0; i < scores[0].length; i++) {
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
