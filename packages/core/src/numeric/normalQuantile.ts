/** Where the standard normal distribution has a share below it. */

/** The quantile of N(0, 1), by bisection of the distribution function, to 1e-10. */
export function normalQuantile(share: number): number {
  let [low, high] = [-10, 10];
  while (high - low > 1e-10) {
    const middle = (low + high) / 2;
    if (normalDistribution(middle) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** `P(X < x)`: `1/2 + phi(x) (x + x^3 / 3 + x^5 / 15 + ...)` near 0, a continued fraction of the tail elsewhere. */
function normalDistribution(x: number): number {
  const density = Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
  if (Math.abs(x) < 4) {
    let [term, sum] = [x, x];
    for (let k = 3; Math.abs(term) > 1e-17 * Math.abs(sum) && k < 400; k += 2) {
      term *= (x * x) / k;
      sum += term;
    }
    return 0.5 + density * sum;
  }
  let fraction = 0;
  for (let k = 60; k >= 1; k--) fraction = k / (Math.abs(x) + fraction);
  const tail = density / (Math.abs(x) + fraction);
  return x < 0 ? tail : 1 - tail;
}
