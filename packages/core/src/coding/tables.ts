/**
 * Distribution functions as tables with straight lines between their knots: they never fall, whatever is rounded, and are the
 * same in every engine.
 */
import { expOfNegative } from "./exponential.ts";

/** A function that rises from 0 to 1 between `-reach` and `reach`. */
export interface RisingTable {
  readonly values: Float64Array;
  /** Knots per unit. */
  readonly perUnit: number;
  readonly reach: number;
}

/** Its value at x. */
export function valueAt({ values, perUnit, reach }: RisingTable, x: number): number {
  if (!(x > -reach)) return 0;
  if (x >= reach) return 1;
  const at = (x + reach) * perUnit;
  const knot = Math.floor(at);
  const [a, b] = [values[knot], values[knot + 1]];
  return Math.min(a + (at - knot) * (b - a), b);
}

/** Where it has the value u in (0, 1). */
export function placeOf({ values, perUnit, reach }: RisingTable, u: number): number {
  let low = 0;
  let high = values.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (values[middle] <= u) low = middle;
    else high = middle;
  }
  const part = (u - values[low]) / (values[high] - values[low]);
  return (low + part) / perUnit - reach;
}

/** A table of the integral of a density that is symmetric about 0, by Gauss-Legendre's rule of three places per knot. */
function integralOf(
  density: (x: number) => number,
  { perUnit, reach }: { readonly perUnit: number; readonly reach: number },
): RisingTable {
  const values = new Float64Array(2 * reach * perUnit + 1);
  const places = [0.5 - Math.sqrt(0.15), 0.5, 0.5 + Math.sqrt(0.15)];
  const weights = [5, 8, 5];
  for (let i = 1; i < values.length; i++) {
    const start = (i - 1) / perUnit - reach;
    let sum = 0;
    for (let p = 0; p < 3; p++) sum += weights[p] * density(start + places[p] / perUnit);
    values[i] = values[i - 1] + sum;
  }
  const total = values[values.length - 1];
  for (let i = 0; i < values.length; i++) values[i] /= total;
  return { values, perUnit, reach };
}

let normal: RisingTable | undefined;
let logistic: RisingTable | undefined;

/** The standard normal distribution function, within 2e-7. */
export const normalTable = (): RisingTable =>
  (normal ??= integralOf((x) => expOfNegative((-x * x) / 2), { perUnit: 512, reach: 8 }));

/** The standard logistic distribution function, within 2e-7. */
export function logisticTable(): RisingTable {
  const density = (x: number): number => {
    const e = expOfNegative(-Math.abs(x));
    return e / ((1 + e) * (1 + e));
  };
  return (logistic ??= integralOf(density, { perUnit: 256, reach: 24 }));
}
