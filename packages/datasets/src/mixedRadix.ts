/**
 * The factors of the example at an index of a full grid, the last factor varying fastest.
 *
 * @param index integer from 0 to the product of the sizes minus 1
 * @param sizes number of values of each factor
 * @returns one index per factor
 */
export function toFactors(index: number, sizes: readonly number[]): number[] {
  const factors = new Array<number>(sizes.length);
  let rest = index;
  for (let i = sizes.length - 1; i >= 0; i--) {
    const size = sizes[i];
    factors[i] = rest % size;
    rest = Math.floor(rest / size);
  }
  return factors;
}

/**
 * The index in a full grid of the example with the given factors; undoes {@link toFactors}.
 *
 * @param factors one index per factor
 * @param sizes number of values of each factor
 */
export function toIndex(factors: ArrayLike<number>, sizes: readonly number[]): number {
  return sizes.reduce((index, size, i) => index * size + factors[i], 0);
}

/**
 * The factors of many examples as one array.
 *
 * @param indices places in the full grid
 * @param sizes number of values of each factor
 * @returns `[indices.length, sizes.length]`, row-major
 */
export function factorTable(indices: ArrayLike<number>, sizes: readonly number[]): Int32Array {
  const table = new Int32Array(indices.length * sizes.length);
  for (let i = 0; i < indices.length; i++) {
    table.set(toFactors(indices[i], sizes), i * sizes.length);
  }
  return table;
}
