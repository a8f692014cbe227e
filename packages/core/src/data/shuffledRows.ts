import type { Random } from "../random/random.ts";

/** Rows without end: round after round of all of them, each in an order of its own that the seed and the round decide. */
export class ShuffledRows {
  private readonly rows: ArrayLike<number>;
  private readonly random: Random;
  private round = -1;
  private order: Int32Array = new Int32Array(0);

  /** @param rows at least one */
  constructor(rows: ArrayLike<number>, random: Random) {
    this.rows = rows;
    this.random = random;
  }

  /** The row at a position of a round; positions beyond the round lie in the next ones. Quick for rising positions. */
  at(round: number, position: number): number {
    const { length } = this.rows;
    const actual = round + Math.floor(position / length);
    if (actual !== this.round) {
      this.order = this.random.fork(actual).permutation(length);
      this.round = actual;
    }
    return this.rows[this.order[position % length]];
  }
}
