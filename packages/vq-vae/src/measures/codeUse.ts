/** @file How codes are used, from how often each was chosen. Counts are accumulated over everything that shall count as one. */

/**
 * `exp(H)` of the share of tokens that each code got: 1 when one code has all, `K` when all have the same.
 *
 * @param counts tokens per code, of an epoch or a test set: of one batch, the figure is capped by the batch's size
 */
export function perplexity(counts: ArrayLike<number>): number {
  const total = sumOf(counts);
  let entropy = 0;
  for (let k = 0; k < counts.length; k++) {
    const share = counts[k] / total;
    if (share > 0) entropy -= share * Math.log(share);
  }
  return Math.exp(entropy);
}

/** The share of codes with at least one token, in `[0, 1]`. */
export function usage(counts: ArrayLike<number>): number {
  return 1 - deadCodes(counts) / counts.length;
}

/** The number of codes without a token. */
export function deadCodes(counts: ArrayLike<number>): number {
  let dead = 0;
  for (let k = 0; k < counts.length; k++) if (!(counts[k] > 0)) dead++;
  return dead;
}

/**
 * The perplexity that so many tokens show when all codes are equally likely: what can be reached.
 *
 * `exp(E[H])` of the empirical entropy of N uniform draws from K codes,
 * `E[H] = log N - (K / N) sum_c Binomial(c; N, 1/K) c log c`: below `min(K, N)`, near K only for N far above K.
 *
 * @param tokens N, at least 1
 * @param codes K, at least 1
 */
export function perplexityCeiling(tokens: number, codes: number): number {
  const p = 1 / codes;
  let sum = 0;
  if (codes === 1) return 1;
  const odds = p / (1 - p);
  // From the mode outwards, where probabilities are largest; the binomial's tails vanish faster than any power.
  const mode = Math.min(tokens, Math.floor((tokens + 1) * p));
  const atMode = Math.exp(
    logBinomial(tokens, mode) + mode * Math.log(p) + (tokens - mode) * Math.log1p(-p),
  );
  let probability = atMode;
  for (let c = mode; c <= tokens && probability > 1e-18; c++) {
    if (c > 1) sum += probability * c * Math.log(c);
    probability *= ((tokens - c) / (c + 1)) * odds;
  }
  probability = atMode;
  for (let c = mode; c > 0 && probability > 1e-18; c--) {
    probability *= c / (tokens - c + 1) / odds;
    if (c > 2) sum += probability * (c - 1) * Math.log(c - 1);
  }
  return Math.exp(Math.log(tokens) - (codes / tokens) * sum);
}

const logBinomial = (n: number, k: number): number =>
  logFactorial(n) - logFactorial(k) - logFactorial(n - k);

/** `log n!` by Stirling's series, exact sums below 20. */
function logFactorial(n: number): number {
  if (n < 20) {
    let sum = 0;
    for (let i = 2; i <= n; i++) sum += Math.log(i);
    return sum;
  }
  const x = n + 1;
  const series = 1 / (12 * x) - 1 / (360 * x ** 3) + 1 / (1260 * x ** 5);
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series;
}

function sumOf(counts: ArrayLike<number>): number {
  let total = 0;
  for (let k = 0; k < counts.length; k++) total += counts[k];
  return total;
}
