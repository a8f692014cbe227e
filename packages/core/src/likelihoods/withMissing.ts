import * as tf from "@tensorflow/tfjs-core";
import type { NdArray, TypedArray } from "@elbo/jit";
import type { ArgumentName } from "@elbo/common";
import { logLikelihoodOf } from "./likelihood.ts";
import type { ColumnReader, ColumnValues, Likelihood } from "./likelihood.ts";

/** What is fed for a cell that is not there; no value that a likelihood explains. */
const missingCell = { float32: -3e38, int32: -1 } as const;

const isMissing = { float32: Number.isNaN, int32: (value: number) => value < 0 } as const;

type Kind = keyof typeof missingCell;

/** 1 where a cell is there and 0 where it is not, of what was fed. */
const observedCells = (values: tf.Tensor, dtype: Kind): tf.Tensor =>
  tf.cast(tf.greater(values, dtype === "int32" ? -0.5 : -1e38), "float32");

/**
 * A likelihood of a column of a table in which cells may be missing: NaN, or an integer below 0 where the column holds choices.
 *
 * A cell that is missing costs nothing, `log p = 0`, and the encoder gets 0 for it; it is told which cells are there by one
 * value more. So the ELBO is a bound of the likelihood of the cells that are there, which is the right one where cells are
 * missing at random: Nazabal et al., "Handling incomplete heterogeneous data using VAEs" (2020), equation 2 (arXiv:1807.03653).
 *
 * @param inner the likelihood of the cells that are there, of one number or choice (`[]`)
 * @throws RangeError for a likelihood of more than one
 */
export function withMissing(inner: Likelihood): Likelihood {
  const { column } = inner;
  const { dtype } = column;
  if (column.shape.length > 0) {
    throw new RangeError(
      `withMissing: likelihood must be one of a single cell, shape [], got [${column.shape.join(", ")}]`,
    );
  }
  const cleaned = (values: tf.Tensor): tf.Tensor =>
    tf.cast(tf.mul(tf.cast(values, "float32"), observedCells(values, dtype)), dtype);
  const given = inner.input ?? { shape: column.shape, of: (values: tf.Tensor) => values };
  const size = given.shape.reduce((a, b) => a * b, 1);
  return {
    ...inner,
    kind: "with-missing",
    observed: (values) => observedCells(values, dtype),
    options: { of: { kind: inner.kind, ...inner.options } },
    reader: (at, values) => readerOf(at, values, inner),
    input: {
      shape: [size + 1],
      of(values) {
        const observed = tf.reshape(observedCells(values, dtype), [-1, 1]);
        const cells = tf.reshape(tf.cast(given.of(cleaned(values)), "float32"), [-1, size]);
        return tf.concat([tf.mul(cells, observed), observed], 1);
      },
    },
    logProb: (decoded, values, columns) =>
      tf.mul(
        logLikelihoodOf(inner, decoded, { values: cleaned(values), columns }),
        observedCells(values, dtype),
      ),
    ...(inner.fit === undefined
      ? {}
      : { fit: (training: ColumnValues) => (inner.fit as Fit)(observedOf(training, dtype)) }),
  };
}

type Fit = NonNullable<Likelihood["fit"]>;

function readerOf(at: ArgumentName, values: NdArray, inner: Likelihood): ColumnReader {
  const { dtype } = inner.column;
  const missing = isMissing[dtype];
  const data = Float32Array.from(values.data);
  const isThere = Uint8Array.from(data, (value) => (missing(value) ? 0 : 1));
  const known = dtype === "int32" ? Int32Array.from(values.data) : data;
  // Some value that is there stands in, so that the likelihood reads none of its own for the cells.
  const standIn = known[isThere.indexOf(1)] as number | undefined;
  for (let i = 0; i < known.length; i++) if (isThere[i] === 0) known[i] = standIn ?? 0;
  const reader = inner.reader(at, { data: known, shape: values.shape });
  return {
    ...reader,
    fillRow(out, place, random) {
      reader.fillRow(out, place, random);
      if (isThere[place.index] === 0) out[place.at] = missingCell[dtype];
    },
  };
}

/** The cells that are there alone. */
const observedOf = (training: ColumnValues, dtype: Kind): ColumnValues => ({
  forEachPart: (visit) =>
    training.forEachPart(({ data }) => {
      const missing = isMissing[dtype];
      const there: TypedArray = data.filter((value) => !missing(value));
      if (there.length > 0) visit({ data: there, shape: [there.length] });
    }),
});
