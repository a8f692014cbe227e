import { assertInteger, assertKnownOptions, assertNumber } from "@elbo/common";
import type { NdArray } from "@elbo/jit";
import type { Prior, PriorSampleOptions } from "../priors/prior.ts";
import { Random } from "../random/random.ts";

/** What every sampler of vectors is told, checked. */
export interface Draw {
  readonly random: Random;
  readonly temperature: number;
}

/** What a model hands on; its condition says nothing to samplers of latents alone. */
const known = [
  ...["seed", "temperature", "engine", "device", "threads"],
  ...["label", "labels", "condition"],
];

/** @throws TypeError or RangeError for a count, seed or temperature that makes no sense */
export function readDraw(count: number, options: PriorSampleOptions): Draw {
  const fn = "sample";
  assertKnownOptions(fn, options, known);
  const { seed = 0, temperature = 1 } = options;
  assertInteger({ fn, name: "count" }, count, { min: 1 });
  assertInteger({ fn, name: "seed" }, seed);
  assertNumber({ fn, name: "temperature" }, temperature, { above: 0 });
  return { random: new Random(seed).fork("sampler"), temperature };
}

/**
 * N(0, temperature^2 I) over vectors: what a model with a standard normal prior draws by itself, and what an autoencoder has not.
 *
 * @param size L
 */
export function standardNormal(size: number): Prior {
  assertInteger({ fn: "standardNormal", name: "size" }, size, { min: 1 });
  return {
    kind: "standard-normal",
    sample(count, options = {}): Promise<NdArray> {
      const { random, temperature } = readDraw(count, options);
      const data = new Float32Array(count * size);
      for (let row = 0; row < count; row++) {
        // A row's own stream, so that it is the same for any count.
        random.fork(row).fillNormalInto(data.subarray(row * size, (row + 1) * size));
      }
      return Promise.resolve({ data: data.map((x) => temperature * x), shape: [count, size] });
    },
  };
}
