/**
 * @file How other libraries write the loss of the same model: which sums are means there, what they print, and which weight of
 * the KL divergence trains the same model. Everything follows from one factor: their reconstruction is `factor * distortion`
 * plus a constant, so theirs is our loss when their weight is `factor * beta`.
 *
 * Sources: Keras, keras-io `examples/generative/vae.py`; PyTorch, pytorch/examples `vae/main.py` (commit 77f55b9); pythae,
 * benchmark_VAE `models/vae/vae_model.py` (commit 6419e21, where the squared error has its 1/2). The squared error of the first
 * two is their `MSE` in the place of their cross-entropy, with the same sums and means.
 */

/** What the libraries' losses are made of, for one draw of the latents of every example. */
export interface LossParts {
  /** Values of an example (pixels times channels), D. */
  readonly values: number;
  /** Size of the last axis of an example, C. */
  readonly channels: number;
  /** Mean over examples of the KL divergence, nats. */
  readonly rate: number;
  /** Weight of the KL divergence here. */
  readonly beta: number;
  readonly reconstruction:
    | {
        readonly kind: "cross-entropy";
        /** Mean over examples of the sum over values of `-x ln p - (1 - x) ln(1 - p)`, nats. */
        readonly sum: number;
      }
    | {
        readonly kind: "squared error";
        /** Mean over examples of the sum over values of `(x - mean)^2`. */
        readonly sum: number;
        /** The Gaussian's variance here: `distortion = sum / (2 variance) + D/2 ln(2 pi variance)`. */
        readonly variance: number;
      };
}

/** What a library would print for the same model, data and draws. */
export interface LibraryLoss {
  readonly library: string;
  /** How it sums and averages, in a line. */
  readonly rule: string;
  readonly reconstruction: number;
  readonly rate: number;
  /** The weight of the KL divergence that trains the same model there. */
  readonly beta: number;
  /** `reconstruction + beta rate`. */
  readonly loss: number;
}

interface Convention {
  readonly library: string;
  readonly rule: Readonly<Record<LossParts["reconstruction"]["kind"], string>>;
  /** What the sum over values is multiplied by. */
  readonly factor: (parts: LossParts) => number;
}

const half = (parts: LossParts): number =>
  parts.reconstruction.kind === "squared error" ? 0.5 : 1;

/** The conventions, a row each. */
const conventions: readonly Convention[] = [
  {
    library: "Keras",
    rule: {
      "cross-entropy": "mean over channels, sum over the other axes, mean over the batch",
      "squared error": "mean over channels, sum over the other axes, mean over the batch, no 1/2",
    },
    factor: ({ channels }) => 1 / channels,
  },
  {
    library: "PyTorch",
    rule: {
      "cross-entropy": "sum over values and batch; printed per example",
      "squared error": "sum over values and batch, no 1/2; printed per example",
    },
    factor: () => 1,
  },
  {
    library: "pythae",
    rule: {
      "cross-entropy": "sum over values, mean over the batch",
      "squared error": "half the sum over values (unit variance), mean over the batch",
    },
    factor: half,
  },
  {
    library: "all means",
    rule: {
      "cross-entropy": "mean over values and batch, sum over latents",
      "squared error": "mean over values and batch (MSELoss()), sum over latents",
    },
    factor: ({ values }) => 1 / values,
  },
];

/** The loss of a model as each library would print it, with the weight that trains the same model there. */
export function libraryLosses(parts: LossParts): LibraryLoss[] {
  const { rate, beta, reconstruction } = parts;
  // distortion = sum for a cross-entropy, and sum / (2 variance) + constant for a Gaussian.
  const perDistortion = reconstruction.kind === "squared error" ? 2 * reconstruction.variance : 1;
  return conventions.map(({ library, rule, factor }) => {
    const theirs = factor(parts) * reconstruction.sum;
    const weight = beta * factor(parts) * perDistortion;
    return {
      library,
      rule: rule[reconstruction.kind],
      reconstruction: theirs,
      rate,
      beta: weight,
      loss: theirs + weight * rate,
    };
  });
}
