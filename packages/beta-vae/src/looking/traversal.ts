/** What single latent dimensions do, those first that cost most. */
import {
  normalQuantile,
  quantileOf,
  readCall,
  rules,
  type CallOptions,
  type ExamplesLike,
  type LatentModel,
  type NdArray,
  type OptionTable,
} from "@elbo/core";

/** Images along latent dimensions. */
export interface Traversal {
  /** `[dimensions, steps, ...example]`: one dimension at a time moved, all others those of the first example. */
  readonly images: NdArray<Float32Array>;
  /** Which dimension each row moves, the one with the largest KL divergence first. */
  readonly dimensions: readonly number[];
  /** Mean KL divergence of each of them from N(0, 1), nats. */
  readonly nats: readonly number[];
  /** The values that each takes, rising. */
  readonly values: readonly (readonly number[])[];
}

interface TraversalOwn {
  /** How many dimensions; default all. */
  readonly dimensions?: number;
  /** Values of each, at least 2; default 9. */
  readonly steps?: number;
  /** Quantiles of the dimension's aggregated posterior (`"posterior"`, default) or of N(0, 1) (`"prior"`). */
  readonly quantilesOf?: "posterior" | "prior";
  /** Share of the distribution that lies outside of the first and last value together; default 0.05. */
  readonly tails?: number;
  /** Seed of the draws of the posterior; default 0. */
  readonly seed?: number;
}

/** Options of {@link latentTraversal}. */
export interface TraversalOptions extends CallOptions, TraversalOwn {}

/** The own options as a table. */
export const traversalTable = {
  dimensions: {
    rule: rules.integer({ min: 1 }),
    default: undefined,
    shown: "all",
    doc: "how many dimensions, those with the largest divergence",
  },
  steps: { rule: rules.integer({ min: 2 }), default: 9, doc: "values of each dimension" },
  quantilesOf: {
    rule: rules.oneOf(["posterior", "prior"]),
    default: "posterior",
    doc: "whose quantiles the values are",
  },
  tails: {
    rule: rules.number({ above: 0, below: 1 }),
    default: 0.05,
    doc: "share that lies outside of the first and last value together",
  },
  seed: { rule: rules.integer(), default: 0, doc: "seed of the draws of the posterior" },
} satisfies OptionTable<TraversalOwn>;

/**
 * Examples along each latent dimension over quantiles of its aggregated posterior or of the prior, in the order of the dimensions'
 * divergences `E KL(q(z_d | x) || N(0, 1))`.
 *
 * Value i of n is the quantile `tails / 2 + (1 - tails) i / (n - 1)`.
 *
 * @param data examples whose posteriors are looked at; the first one's mean is what moves
 * @throws TypeError for a model without Gaussian latents of one level and one column of floats
 */
export async function latentTraversal(
  model: LatentModel,
  data: ExamplesLike,
  options: TraversalOptions = {},
): Promise<Traversal> {
  const fn = "latentTraversal";
  const { own, told, compute } = readCall({ model, fn }, traversalTable, options);
  const call = { ...told, ...compute };
  const [level, ...others] = Object.values(model.levels);
  if (others.length > 0 || level.kind !== "gaussian") {
    throw new TypeError(
      `${fn}: the model must have one level of Gaussian latents, got ${level.kind}`,
    );
  }
  await model.rows(fn, data, told);
  const { mean, logVar, draws } = (await model.posterior(data, {
    ...call,
    draws: 1,
    seed: own.seed,
  })) as Readonly<Record<string, NdArray>>;
  const [, L] = mean.shape;
  const rates = gaussianRates(mean, logVar);
  const order = Array.from(rates.keys())
    .sort((a, b) => rates[b] - rates[a])
    .slice(0, Math.min(own.dimensions ?? L, L));
  const shares = Array.from(
    { length: own.steps },
    (_, i) => own.tails / 2 + ((1 - own.tails) * i) / (own.steps - 1),
  );
  const values = order.map((d) => {
    if (own.quantilesOf === "prior") return shares.map(normalQuantile);
    const sorted = columnOf(draws, d, L).sort();
    return shares.map((share) => quantileOf(sorted, share));
  });
  const z = new Float32Array(order.length * own.steps * L);
  order.forEach((d, row) => {
    values[row].forEach((value, column) => {
      const at = (row * own.steps + column) * L;
      for (let k = 0; k < L; k++) z[at + k] = mean.data[k];
      z[at + d] = value;
    });
  });
  const shown = await model.decode({ data: z, shape: [order.length * own.steps, L] }, call);
  return {
    images: { data: shown.data, shape: [order.length, own.steps, ...shown.shape.slice(1)] },
    dimensions: order,
    nats: order.map((d) => rates[d]),
    values,
  };
}

/** `E KL(N(mean, exp(logVar)) || N(0, 1))` by dimension, of `[n, L]`. */
export function gaussianRates(mean: NdArray, logVar: NdArray): Float64Array {
  const [n, L] = mean.shape;
  const rates = new Float64Array(L);
  for (let i = 0; i < n * L; i++) {
    const [m, v] = [mean.data[i], logVar.data[i]];
    rates[i % L] += (0.5 * (Math.exp(v) + m * m - 1 - v)) / n;
  }
  return rates;
}

function columnOf({ data }: NdArray, d: number, L: number): Float64Array {
  return Float64Array.from({ length: data.length / L }, (_, i) => data[i * L + d]);
}

/**
 * A traversal as a film: every frame shows all dimensions side by side at one value, up and down again, so that it loops.
 *
 * @returns `[2 steps - 2, height, dimensions x width, channels]`, values in [0, 1]
 */
export function traversalFrames({ images }: Traversal): NdArray<Float32Array> {
  const [rows, steps, height, width, channels] = images.shape;
  if (images.shape.length !== 5) {
    throw new TypeError(
      `traversalFrames: images must be [dimensions, steps, height, width, channels], got [${images.shape.join(", ")}]`,
    );
  }
  const order = [
    ...Array(steps).keys(),
    ...Array.from({ length: steps - 2 }, (_, i) => steps - 2 - i),
  ];
  const line = width * channels;
  const data = new Float32Array(order.length * height * rows * line);
  order.forEach((step, frame) => {
    for (let y = 0; y < height; y++) {
      for (let row = 0; row < rows; row++) {
        const from = ((row * steps + step) * height + y) * line;
        data.set(
          images.data.subarray(from, from + line),
          ((frame * height + y) * rows + row) * line,
        );
      }
    }
  });
  return { data, shape: [order.length, height, rows * width, channels] };
}
