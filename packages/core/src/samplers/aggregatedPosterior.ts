import type { NdArray } from "@elbo/jit";
import type { ExamplesLike } from "../data/examples.ts";
import type { LatentVariableModel } from "../model/latentVariableModel.ts";
import type { CallOptions } from "../operations/call.ts";
import { encode } from "../operations/encode.ts";
import { posterior } from "../operations/posterior.ts";
import { registerModel } from "../saving/modelKind.ts";
import { assertInteger } from "@elbo/common";
import { savable } from "./savedSampler.ts";
import type { Sampler, SamplerValues } from "./savedSampler.ts";
import { readDraw } from "./standardNormal.ts";

/**
 * The aggregated posterior of given examples, `1/n sum_i q(z | x_i)`: an example by chance, then a draw of its posterior. Other samplers
 * are fitted to its draws: `gaussianMixture(await (await aggregatedPosterior(model, x)).sample(10000))`.
 *
 * `temperature` scales the deviation of a draw from the mean of the draws of its own example, so 0.01 gives nearly the codes.
 *
 * @param model with latents of one vector
 * @param examples what the model takes
 * @throws Error for latents that are not one vector
 */
export async function aggregatedPosterior(
  model: LatentVariableModel,
  examples: ExamplesLike,
  options: CallOptions = {},
): Promise<Sampler> {
  const fn = "aggregatedPosterior";
  const parameters = (await posterior(model, examples, options)) as Record<string, NdArray>;
  const { logVar } = parameters as Record<string, NdArray | undefined>;
  const levels = Object.values(model.levels);
  const isVector = levels.length === 1 && levels[0].latent.length === 1;
  // Latents without noise have their code in the place of a mean.
  const mean =
    parameters["mean"] ??
    (isVector ? ((await encode(model, examples, options)) as NdArray) : undefined);
  if (!isVector || !(mean.data instanceof Float32Array)) {
    throw new Error(
      `${fn}: latents must be one vector with a mean, got those of a ${model.kind}; codes have priors of their own`,
    );
  }
  return samplerOf({ mean, logVar });
}

/** Posteriors of n examples, `[n, L]` each; without variances of latents without noise. */
interface Posteriors {
  readonly mean: NdArray;
  readonly logVar: NdArray | undefined;
}

function samplerOf(given: Posteriors): Sampler {
  let posteriors = given;
  const { shape } = given.mean;
  const [examplesCount, size] = shape;
  const isNoisy = given.logVar !== undefined;
  const saving = savable({
    kind: "aggregated-posterior",
    options: { examples: examplesCount, size, isNoisy },
    shapes: { mean: shape, ...(isNoisy ? { logVar: shape } : {}) },
    read: () =>
      ({
        mean: posteriors.mean,
        ...(isNoisy ? { logVar: posteriors.logVar } : {}),
      }) as SamplerValues,
    write: ({ mean, ...noise }) => (posteriors = { mean, logVar: noise["logVar"] } as Posteriors),
  });
  return {
    ...saving,
    sample(count, given = {}): Promise<NdArray> {
      const { random, temperature } = readDraw(count, given);
      const { mean, logVar } = posteriors;
      const data = new Float32Array(count * size);
      for (let row = 0; row < count; row++) {
        const stream = random.fork(row);
        const from = stream.integer(examplesCount) * size;
        const out = data.subarray(row * size, (row + 1) * size);
        if (logVar !== undefined) stream.fillNormalInto(out);
        for (let d = 0; d < size; d++) {
          const deviation = logVar === undefined ? 0 : Math.exp(logVar.data[from + d] / 2);
          out[d] = mean.data[from + d] + temperature * deviation * out[d];
        }
      }
      return Promise.resolve({ data, shape: [count, size] });
    },
  };
}

registerModel<Sampler>({
  kind: "aggregated-posterior",
  build({ examples, size, isNoisy }) {
    const fn = "aggregatedPosterior";
    assertInteger({ fn, name: "examples" }, examples, { min: 1 });
    assertInteger({ fn, name: "size" }, size, { min: 1 });
    const none = { data: new Float32Array(0), shape: [examples, size] };
    return samplerOf({ mean: none, logVar: isNoisy === true ? none : undefined });
  },
});
