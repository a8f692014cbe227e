/**
 * @file An exponential from additions and multiplications, which IEEE 754 rounds the same everywhere. `Math.exp` may differ in
 * the last bit between engines, and a coder whose counts differ by one reads nothing that another one wrote.
 */

const log2e = 1.4426950408889634;
const ln2High = 0.69314718036912381649; // the leading 32 bits of ln 2, so that k ln2High is exact
const ln2Low = 1.90821492927058770002e-10;

/** `1 / n!` for n from 13 to 0; |r| < 0.35 leaves less than 2^-60 after them. */
const series = [1];
for (let n = 1; n <= 13; n++) series.push(series[n - 1] / n);
series.reverse();

/** `2^k` for k from -1022 to 0. */
const powers = new Float64Array(1023);
powers[0] = 1;
for (let k = 1; k < powers.length; k++) powers[k] = powers[k - 1] / 2;

/**
 * `e^x` for x of at most 0, within a few units of the last place; 0 below -708.
 *
 * With `x = k ln 2 + r`, |r| at most `ln 2 / 2`: `2^k` times the series of `e^r`.
 */
export function expOfNegative(x: number): number {
  if (!(x > -708)) return 0;
  const k = Math.floor(x * log2e + 0.5);
  const r = x - k * ln2High - k * ln2Low;
  let sum = 0;
  for (const c of series) sum = sum * r + c;
  return sum * powers[-k];
}
