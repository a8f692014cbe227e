/** Cosine and sine of an angle. */
export interface Direction {
  readonly cos: number;
  readonly sin: number;
}

function series(x: number, first: number): number {
  let term = first === 0 ? 1 : x;
  let sum = 0;
  for (let power = first; power < first + 24; power += 2) {
    sum += term;
    term *= -(x * x) / ((power + 1) * (power + 2));
  }
  return sum;
}

/**
 * The direction of the fraction `numerator / denominator` of a full turn.
 *
 * `Math.cos` may differ between engines in the last bit; this Taylor series on an eighth of a turn uses only
 * additions and multiplications, which may not, and is exact for quarter turns.
 *
 * @param numerator integer from 0 to `denominator - 1`
 * @param denominator positive integer
 */
export function turn(numerator: number, denominator: number): Direction {
  const quarter = Math.round((4 * numerator) / denominator);
  const rest = (numerator - (quarter * denominator) / 4) / denominator;
  const x = rest * 6.283185307179586;
  const cos = series(x, 0);
  const sin = series(x, 1);
  switch (quarter % 4) {
    case 0:
      return { cos, sin };
    case 1:
      return { cos: -sin, sin: cos };
    case 2:
      return { cos: -cos, sin: -sin };
    default:
      return { cos: sin, sin: -cos };
  }
}
