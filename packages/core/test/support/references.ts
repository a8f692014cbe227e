/** @file Closed forms in float64, written apart from the code under test. */

export const sigmoid = (x: number): number =>
  x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));

export const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

export const gaussianLogProb = (x: number, mean: number, logVar: number): number =>
  -Math.log(Math.sqrt(2 * Math.PI * Math.exp(logVar))) - (x - mean) ** 2 / (2 * Math.exp(logVar));

export const gaussianKl = (m1: number, s1: number, m2 = 0, s2 = 0): number =>
  (s2 - s1) / 2 + (Math.exp(s1) + (m1 - m2) ** 2) / (2 * Math.exp(s2)) - 0.5;

export const bernoulliLogProb = (x: number, logit: number): number =>
  x * -softplus(-logit) + (1 - x) * -softplus(logit);

export const bernoulliKl = (q: number, p: number): number =>
  sigmoid(q) * (softplus(-p) - softplus(-q)) + sigmoid(-q) * (softplus(p) - softplus(q));

export const softmax = (logits: readonly number[]): number[] => {
  const largest = Math.max(...logits);
  const weights = logits.map((l) => Math.exp(l - largest));
  const total = weights.reduce((a, b) => a + b);
  return weights.map((w) => w / total);
};

/** Log mass of a logistic between two points, on the side where it does not cancel. */
export const logisticLogMass = (a: number, b: number): number => {
  const [low, high] = a + b > 0 ? [-b, -a] : [a, b]; // both mostly negative
  return Math.log(sigmoid(high) - sigmoid(low));
};

/** Log probability of a level of the discretized logistic on [0, 1]. */
export const discretizedLogisticLogProb = (
  x: number,
  mean: number,
  logScale: number,
  levels = 256,
): number => {
  const half = 0.5 / (levels - 1);
  const scale = Math.exp(logScale);
  const a = x < half ? -Infinity : (x - half - mean) / scale;
  const b = x > 1 - half ? Infinity : (x + half - mean) / scale;
  if (a === -Infinity) return -softplus(-b);
  if (b === Infinity) return -softplus(a);
  return logisticLogMass(a, b);
};
