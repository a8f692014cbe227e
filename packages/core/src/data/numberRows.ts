import type { ArgumentName } from "@elbo/common";
import type { NdArray } from "@elbo/jit";
import { numbersReader } from "../likelihoods/readers.ts";
import { sizeOf } from "../shape.ts";
import type { Rows } from "../step/rows.ts";
import { fingerprint } from "./fingerprint.ts";

/**
 * Rows of one column of real numbers, as {@link numbersReader} reads them: grey levels of images become [0, 1].
 *
 * @param values `[count, ...shape]`
 * @throws RangeError for another shape, or a value that is not finite
 */
export function numberRows(at: ArgumentName, values: NdArray, shape: readonly number[]): Rows {
  const reader = numbersReader(at, values, { shape });
  const size = sizeOf(shape);
  return {
    count: values.shape[0],
    fillInto({ [at.name]: out }, { indices }) {
      for (let row = 0; row < indices.length; row++) {
        reader.fillRow(out, { at: row * size, index: indices[row] });
      }
    },
    ...(reader.warnings === undefined ? {} : { warnings: reader.warnings }),
    ...(reader.remedy === undefined ? {} : { remedy: reader.remedy }),
    fingerprint: () => fingerprint({ [at.name]: values }),
  };
}
