/**
 * A regression tree on codes that are cut into bins: a node is split by its histograms, sums and numbers of points by code and bin.
 *
 * Those of the smaller of two children are counted, those of the larger are the parent's less these: `points x codes` additions for the
 * root, and at most as many again for all other nodes. A split maximizes Friedman's improvement
 * `n_l n_r / (n_l + n_r) (mean_l - mean_r)^2`.
 */

const mostBins = 255;
/** Places of a code in a histogram. */
const stride = mostBins + 1;

/** Codes as bins. */
export interface Binned {
  /** Per code: the bin of every point. */
  readonly bins: readonly Uint8Array[];
  readonly counts: readonly number[];
}

/** Cuts codes into at most 255 bins by the quantiles of the training points. */
export function binByQuantiles(codes: readonly Float64Array[], train: Int32Array): Binned {
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

/** Of the points of a node, by code and bin. */
interface Histogram {
  readonly sums: Float64Array;
  readonly sizes: Int32Array;
}

function countInto(
  { sums, sizes }: Histogram,
  { bins }: Binned,
  { points, targets }: { readonly points: Int32Array; readonly targets: Float64Array },
): void {
  const n = points.length;
  const packed = new Float64Array(n);
  for (let p = 0; p < n; p++) packed[p] = targets[points[p]];
  sums.fill(0);
  sizes.fill(0);
  for (const [j, ofCode] of bins.entries()) {
    const start = j * stride;
    for (let p = 0; p < n; p++) {
      const at = start + ofCode[points[p]];
      sums[at] += packed[p];
      sizes[at]++;
    }
  }
}

/** Looks for the best split of a node; undefined when none improves. */
function bestSplit({ counts }: Binned, { sums, sizes }: Histogram, n: number): Split | undefined {
  let best: Split | undefined;
  for (const [j, bins] of counts.entries()) {
    if (bins < 2) continue;
    const start = j * stride;
    let total = 0;
    for (let b = 0; b < bins; b++) total += sums[start + b];
    let left = 0;
    let leftSum = 0;
    for (let b = 0; b + 1 < bins; b++) {
      left += sizes[start + b];
      leftSum += sums[start + b];
      const right = n - left;
      if (left === 0 || right === 0 || sizes[start + b] === 0) continue;
      const difference = leftSum / left - (total - leftSum) / right;
      const gain = ((left * right) / n) * difference * difference;
      if (gain > (best?.gain ?? 1e-12)) best = { code: j, bin: b, gain };
    }
  }
  return best;
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

/** Points that a tree is grown on, and all that shall follow its splits. */
export interface TreePoints {
  readonly train: Int32Array;
  readonly all: Int32Array;
}

/** What a tree learns, and who is told of it. */
export interface TreeOptions {
  /** By point. */
  readonly targets: Float64Array;
  /** Told of every split: the code and its improvement. */
  readonly onSplit: (code: number, gain: number) => void;
  /** Told the points of every leaf. */
  readonly onLeaf: (points: TreePoints) => void;
}

interface TreeNode extends TreePoints {
  /** Of the training points; undefined where it is not to be split. */
  readonly histogram: Histogram | undefined;
}

/** Grows trees of one depth on the same codes; keeps what it counts in from tree to tree. */
export class TreeGrower {
  private readonly binned: Binned;
  /** The root's, then one for the smaller child of every depth. */
  private readonly histograms: readonly Histogram[];

  constructor(binned: Binned, depth: number) {
    this.binned = binned;
    this.histograms = Array.from({ length: depth }, () => ({
      sums: new Float64Array(binned.bins.length * stride),
      sizes: new Int32Array(binned.bins.length * stride),
    }));
  }

  grow(points: TreePoints, options: TreeOptions): void {
    const [histogram] = this.histograms;
    if (histogram !== undefined) {
      const { targets } = options;
      countInto(histogram, this.binned, { points: points.train, targets });
    }
    this.growNode({ ...points, histogram }, 1, options);
  }

  private growNode(node: TreeNode, depth: number, options: TreeOptions): void {
    const { histogram } = node;
    const split = histogram && bestSplit(this.binned, histogram, node.train.length);
    if (split === undefined) {
      options.onLeaf(node);
      return;
    }
    options.onSplit(split.code, split.gain);
    const ofCode = this.binned.bins[split.code];
    const train = partition(node.train, ofCode, split.bin);
    const all = partition(node.all, ofCode, split.bin);
    const smaller = train[0].length <= train[1].length ? 0 : 1;
    const sides = [smaller, 1 - smaller] as const;
    const own = this.childHistograms(histogram, depth, { train: train[smaller], options });
    for (const [i, side] of sides.entries())
      this.growNode(
        { train: train[side], all: all[side], histogram: own?.[i] },
        depth + 1,
        options,
      );
  }

  /** Of the smaller child and of the larger; the parent's is used up. */
  private childHistograms(
    parent: Histogram | undefined,
    depth: number,
    { train, options }: { readonly train: Int32Array; readonly options: TreeOptions },
  ): readonly [Histogram, Histogram] | undefined {
    const own = this.histograms[depth];
    if (own === undefined || parent === undefined) return undefined;
    countInto(own, this.binned, { points: train, targets: options.targets });
    for (let i = 0; i < own.sums.length; i++) {
      parent.sums[i] -= own.sums[i];
      parent.sizes[i] -= own.sizes[i];
    }
    return [own, parent];
  }
}
