import { Random } from "@elbo/core";
import { expectClose } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { symmetricEigenvalues } from "../../src/measures/symmetricEigenvalues.ts";

const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

test("a matrix of two has the roots of its characteristic polynomial, a diagonal one its diagonal", () => {
  expectClose(
    sorted(
      symmetricEigenvalues([
        [2, 1],
        [1, 2],
      ]),
    ),
    [1, 3],
    { rtol: 1e-14 },
  );
  expect(
    sorted(
      symmetricEigenvalues([
        [3, 0],
        [0, -1],
      ]),
    ),
  ).toEqual([-1, 3]);
  expect(symmetricEigenvalues([])).toEqual([]);
});

test("sum, sum of squares and product are trace, squared norm and determinant of a random matrix", () => {
  const random = new Random(1);
  const n = 12;
  const half = Array.from({ length: n }, () =>
    Array.from({ length: n }, () => random.uniform() - 0.5),
  );
  const a = half.map((row, i) => row.map((value, j) => value + half[j][i]));
  const values = symmetricEigenvalues(a);
  const trace = a.reduce((sum, row, i) => sum + row[i], 0);
  const norm = a.flat().reduce((sum, value) => sum + value * value, 0);
  expectClose([values.reduce((x, y) => x + y, 0)], [trace], { rtol: 1e-12, atol: 1e-12 });
  expectClose([values.reduce((x, y) => x + y * y, 0)], [norm], { rtol: 1e-12 });
  expectClose([values.reduce((x, y) => x * y, 1)], [determinant(a)], { rtol: 1e-9, atol: 1e-12 });
});

/** By elimination with the largest pivot. */
function determinant(matrix: readonly (readonly number[])[]): number {
  const a = matrix.map((row) => [...row]);
  let product = 1;
  for (let k = 0; k < a.length; k++) {
    let pivot = k;
    for (let i = k; i < a.length; i++) if (Math.abs(a[i][k]) > Math.abs(a[pivot][k])) pivot = i;
    if (pivot !== k) {
      [a[k], a[pivot]] = [a[pivot], a[k]];
      product = -product;
    }
    product *= a[k][k];
    for (let i = k + 1; i < a.length; i++) {
      const factor = a[i][k] / a[k][k];
      for (let j = k; j < a.length; j++) a[i][j] -= factor * a[k][j];
    }
  }
  return product;
}
