/**
 * @file The distribution function of Student's t, through the regularized incomplete beta function by its continued fraction
 * (Lentz's method) and the log gamma function by Lanczos' series. Source: Abramowitz and Stegun 26.5.8 and 26.5.27; Lanczos 1964,
 * coefficients for g = 7, n = 9. Both are good to some 1e-13.
 */

/**
 * Two-sided p of Student's t: `P(|T| >= |t|)` with so many degrees of freedom.
 *
 * @param degrees above 0
 */
export function studentTwoSided(t: number, degrees: number): number {
  if (Number.isNaN(t)) return NaN;
  return regularizedBeta(degrees / (degrees + t * t), degrees / 2, 0.5);
}

/** `I_x(a, b)`, the distribution function of Beta(a, b). */
function regularizedBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(
    logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x),
  );
  // The fraction converges quickly on this side of the mean only.
  return x < (a + 1) / (a + b + 2)
    ? (front * betaFraction(x, a, b)) / a
    : 1 - (front * betaFraction(1 - x, b, a)) / b;
}

function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const away = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let h = d;
  for (let m = 1; m <= 1000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    h *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    h *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return h;
}

const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313,
  -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6,
  1.5056327351493116e-7,
];

/** `ln Gamma(x)` for x of at least 1/2. */
function logGamma(x: number): number {
  const z = x - 1;
  const t = z + 7.5;
  const series = lanczos.reduce((sum, g, i) => (i === 0 ? g : sum + g / (z + i)), 0);
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(series);
}
