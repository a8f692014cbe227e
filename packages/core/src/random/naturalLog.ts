/**
 * @file A natural logarithm from additions, multiplications and one division, all of which IEEE 754 rounds the same
 * everywhere. `Math.log` may differ in the last bit between engines, and then the same seed would not give the same noise.
 */

// Written out: a division per term would double the time.
const c3 = 1 / 3;
const c5 = 1 / 5;
const c7 = 1 / 7;
const c9 = 1 / 9;
const c11 = 1 / 11;
const c13 = 1 / 13;
const c15 = 1 / 15;
const c17 = 1 / 17;
const c19 = 1 / 19;
const c21 = 1 / 21;

const asNumber = new Float64Array(1);
const asWords = new Uint32Array(asNumber.buffer);
/** Which of the two words holds sign and exponent: the second one on a little-endian machine. */
const top = new Uint8Array(Uint32Array.of(1).buffer)[0];

/**
 * `ln x` for a positive normal number, within a few units of the last place.
 *
 * With `x = 2^e m`, `m` in `[sqrt(1/2), sqrt(2)]` and `s = (m - 1) / (m + 1)`: `ln x = e ln 2 + 2 (s + s^3/3 + s^5/5 + ...)`.
 */
export function naturalLog(x: number): number {
  asNumber[0] = x;
  const high = asWords[top];
  let exponent = (high >>> 20) - 1023;
  asWords[top] = (high & 0xfffff) | 0x3ff00000;
  let m = asNumber[0];
  if (m > Math.SQRT2) {
    m /= 2;
    exponent++;
  }
  const s = (m - 1) / (m + 1);
  const s2 = s * s;
  let series = c21; // |s| < 0.172: the next term is below 2^-60 of the first
  series = series * s2 + c19;
  series = series * s2 + c17;
  series = series * s2 + c15;
  series = series * s2 + c13;
  series = series * s2 + c11;
  series = series * s2 + c9;
  series = series * s2 + c7;
  series = series * s2 + c5;
  series = series * s2 + c3;
  series = series * s2 + 1;
  return exponent * Math.LN2 + 2 * s * series;
}
