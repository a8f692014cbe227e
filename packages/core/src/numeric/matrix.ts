/** `[rows, columns]` numbers in row-major order. */
export interface Matrix {
  readonly data: Float64Array;
  readonly rows: number;
  readonly columns: number;
}
