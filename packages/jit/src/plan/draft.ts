/** An instruction whose registers are not numbered yet; one register is written once. */
export interface Draft {
  readonly operation: number;
  readonly result?: number;
  readonly inputs: readonly number[];
  /** Of loads, stores and reductions. */
  readonly access?: number;
  /** Bits of a constant, kind of a reduction. */
  readonly immediate?: number;
}
