import { assertInteger } from "@elbo/common";
import { standardOf } from "../distributions/distribution.ts";
import type { Distribution, Family } from "../distributions/distribution.ts";
import type { StepContext } from "../step/context.ts";
import type { NoiseSpec } from "../step/noise.ts";
import type { NamedVariables } from "../step/part.ts";
import type { Latents } from "./latents.ts";
import { posteriorNoise, withDefaults } from "./withDefaults.ts";

/** A prior over latents `[B, ...latent]` with parameters of its own, or one that depends on the condition. */
export interface LatentPrior {
  readonly kind: string;
  /** Trained along with the model, named `prior/<name>` within the latents. */
  readonly variables?: NamedVariables;
  /** What it is drawn from, per example; default N(0, 1) of the shape of the latents. */
  readonly noise?: NoiseSpec;
  /** p(z); `logProb` per element, or one number per example where the elements depend on one another. */
  distribution(context: StepContext): Distribution;
}

/** Options of {@link reparameterized}. */
export interface ReparameterizedOptions {
  /** Number of latent dimensions L. */
  readonly size: number;
  /** q(z|x), of whose raw values the encoder gives `parameters` per dimension. */
  readonly posterior: Family;
  /** p(z): the standard member of a family (default: of the posterior's), or a prior of one's own. */
  readonly prior?: Family | LatentPrior;
}

/**
 * Vectors of latents `[L]` with independent dimensions, drawn by transforming noise: `z = q.sample(noise)`.
 *
 * The rate is `KL(q(z|x) || p(z))` in nats per example; see {@link withDefaults} for the rest. With Gaussians this is the
 * VAE of Kingma and Welling 2014 (arXiv:1312.6114).
 *
 * @throws RangeError when `size` is not a positive integer
 */
export function reparameterized(options: ReparameterizedOptions): Latents {
  const { size, posterior, prior = posterior } = options;
  assertInteger({ fn: "reparameterized", name: "size" }, size, { min: 1 });
  const latent = [size];
  const own = "distribution" in prior ? prior : undefined;
  const standard = "distribution" in prior ? undefined : prior;
  return withDefaults({
    kind: posterior.kind,
    options: { size, posterior: posterior.kind, prior: prior.kind },
    features: [posterior.parameters * size],
    unbounded: "parameters of distributions over latents",
    latent,
    noise: { [posteriorNoise]: { kind: posterior.noise, shape: latent, draws: true } },
    posterior: (features) => posterior.of(features),
    prior: (context) =>
      own === undefined
        ? standardOf(standard as Family, [context.batchSize, ...latent])
        : own.distribution(context),
    priorNoise: own?.noise ?? { kind: standard?.noise ?? "normal", shape: latent },
    priorIsLearned: own !== undefined,
    ...(own?.variables === undefined ? {} : { variables: underPrior(own.variables) }),
  });
}

const underPrior = (variables: NamedVariables): NamedVariables =>
  Object.fromEntries(
    Object.entries(variables).map(([name, variable]) => [`prior/${name}`, variable]),
  );
