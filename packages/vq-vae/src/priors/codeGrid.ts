/** How the codes of an example lie: a grid of positions, each with one code or with one of each of several codebooks. */
import * as tf from "@tensorflow/tfjs-core";
import { rules, type OptionTable } from "@elbo/core";

/** What is said about codes. */
export interface CodesOptions {
  /** Shape of the codes of one example, as `encode` gives them: `[h, w]`, `[length]`, with a last axis for depths or heads. */
  readonly positions: readonly number[];
  /** Number of codes, or of the codes of each depth or head along the last axis. */
  readonly codebookSize: number | readonly number[];
}

const sizeRule = rules.integer({ min: 2 });

/** {@link CodesOptions} as a table. */
export const codesTable = {
  positions: {
    rule: rules.sizes(),
    doc: "shape of the codes of one example, as encode gives them",
  },
  codebookSize: {
    rule: rules.either(sizeRule, rules.list(sizeRule)),
    doc: "number of codes, or a list of those of each depth or head",
  },
} satisfies OptionTable<CodesOptions>;

/** {@link CodesOptions}, taken apart. */
export interface CodeGrid {
  readonly height: number;
  readonly width: number;
  /** Sizes of the codebooks of a position, in the order in which its codes are drawn. */
  readonly sizes: readonly number[];
  /** The largest of them, K. */
  readonly largest: number;
}

/**
 * Reads how codes lie.
 *
 * @throws RangeError when a list of codebooks does not fit the last axis, or the positions are no grid
 */
export function codeGrid(fn: string, { positions, codebookSize }: CodesOptions): CodeGrid {
  const isList = typeof codebookSize !== "number";
  const grid = isList ? positions.slice(0, -1) : positions;
  const sizes = isList ? codebookSize : [codebookSize];
  if (isList && positions[positions.length - 1] !== sizes.length) {
    throw new RangeError(
      `${fn}: codebookSize must have one size for each of the last axis of positions [${positions.join(", ")}], got ${sizes.length}`,
    );
  }
  if (grid.length < 1 || grid.length > 2) {
    throw new RangeError(
      `${fn}: positions must be [h, w] or [length], and a last axis where codebookSize is a list, got [${positions.join(", ")}]`,
    );
  }
  const [height, width] = grid.length === 1 ? [1, grid[0]] : grid;
  return { height, width, sizes, largest: Math.max(...sizes) };
}

/** Values of an embedding of all codebooks, `[sum of sizes, width]`. */
export const embeddingShape = ({ sizes }: CodeGrid, width: number): readonly number[] => [
  sizes.reduce((a, b) => a + b, 0),
  width,
];

/** The row of each codebook's first code in an embedding of all. */
export const firstRows = (sizes: readonly number[]): number[] =>
  sizes.map((_, i) => sizes.slice(0, i).reduce((a, b) => a + b, 0));

/**
 * The sum of the embeddings of a position's codes; -1 embeds as zeros.
 *
 * @param table `[sum of sizes, C]`
 * @param codes int32 `[..., n]`, codes of the first n codebooks
 * @returns `[..., C]`
 */
export function embedCodes(
  table: tf.Tensor,
  codes: tf.Tensor,
  sizes: readonly number[],
): tf.Tensor {
  const n = codes.shape[codes.rank - 1];
  const starts = tf.tensor1d(firstRows(sizes).slice(0, n), "int32");
  const rows = tf.add(tf.maximum(codes, 0), starts); // [..., n]
  const known = tf.cast(tf.greaterEqual(codes, 0), "float32");
  const vectors = tf.mul(tf.gather(table, tf.cast(rows, "int32")), tf.expandDims(known, -1)); // [..., n, C]
  return tf.sum(vectors, -2);
}
