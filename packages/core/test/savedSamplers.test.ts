import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { digest, emptyFolder } from "@elbo/test-utils";
import { afterAll, expect, test } from "vitest";
import {
  aggregatedPosterior,
  gaussianMixture,
  loadModel,
  loadSampler,
  normalizingFlow,
  Random,
  registerModel,
  train,
} from "../src/index.ts";
import type { Sampler } from "../src/index.ts";
import { bars, smallKind, smallModel } from "./support/models.ts";

const [count, size] = [300, 2];
const data = new Float32Array(count * size);
new Random(1).fillNormalInto(data);
data.forEach(
  (value, i) => (data[i] = i % size === 0 ? 3 * value + (i % 4) : data[i - 1] / 5 + value),
);
const codes = { data, shape: [count, size] };
const model = smallModel();
const quiet = { validation: 0, progress: "silent" } as const;

afterAll(() => {
  model.dispose();
});

const samplers: Record<string, () => Promise<Sampler>> = {
  "a mixture": () => Promise.resolve(gaussianMixture(codes, { components: 3 })),
  async "a flow"() {
    const flow = normalizingFlow({ size, layers: 2, hidden: 8, seed: 1 });
    await train(flow, codes, { steps: 5, batchSize: 50, ...quiet });
    return flow;
  },
  "an aggregated posterior": () => aggregatedPosterior(model, bars(20)),
};

const drawnOf = async (sampler: Sampler): Promise<string> =>
  digest({ drawn: await sampler.sample(40, { seed: 3, temperature: 0.8 }) });

test.each(Object.entries(samplers))("%s draws the same after it was loaded", async (_, make) => {
  const sampler = await make();
  const directory = await emptyFolder();
  await sampler.save(directory);
  const again = await loadSampler(directory);
  expect(await drawnOf(again)).toBe(await drawnOf(sampler));
  const anew = await emptyFolder();
  await again.save(anew);
  for (const name of ["model.json", "weights.safetensors"]) {
    expect(await readFile(join(anew, name))).toEqual(await readFile(join(directory, name)));
  }
  sampler.dispose();
  again.dispose();
});

test("a model keeps the sampler that it holds", async () => {
  const own = smallModel();
  const sampler = gaussianMixture(await own.encode(bars(64)), { components: 2 });
  own.prior = sampler;
  const directory = await emptyFolder();
  await own.save(directory);
  const again = await loadModel(directory, smallKind, { engine: "eager" });
  expect(digest({ x: await again.sample(5, { seed: 2 }) })).toBe(
    digest({ x: await own.sample(5, { prior: sampler, seed: 2 }) }),
  );
  own.dispose();
  again.dispose();
});

test("densities are kept", async () => {
  const mixture = gaussianMixture(codes, { components: 3 });
  const directory = await emptyFolder();
  await mixture.save(directory);
  const again = (await loadSampler(directory)) as typeof mixture;
  expect(again.logProb(codes)).toEqual(mixture.logProb(codes));
  expect(again.covariances).toEqual(mixture.covariances);
});

test("what is no sampler, or damaged, is refused", async () => {
  const directory = await emptyFolder();
  registerModel({ ...smallKind, kind: "no-sampler" });
  await model.save(directory);
  const description = join(directory, "model.json");
  const text = await readFile(description, "utf8");
  await writeFile(description, text.replace('"kind": "small"', '"kind": "no-sampler"'));
  await expect(loadSampler(directory)).rejects.toThrow(/loadSampler: .* must hold a sampler/);
  const mixture = gaussianMixture(codes, { components: 3 });
  await expect(
    mixture.writeWeights({ ...(await mixture.readWeights()), extra: codes }),
  ).rejects.toThrow('writeWeights: weights must be weights, means, covariances, got "extra"');
  const weights = await mixture.readWeights();
  const flat = { ...weights["covariances"], data: weights["covariances"].data.map(() => 0) };
  await expect(mixture.writeWeights({ ...weights, covariances: flat })).rejects.toThrow(
    "covariances positive definite",
  );
  const damaged = await emptyFolder();
  await mixture.save(damaged);
  const path = join(damaged, "model.json");
  await writeFile(path, (await readFile(path, "utf8")).replace('"size": 2', '"size": 3'));
  await expect(loadSampler(damaged)).rejects.toThrow(
    "means must have the shape [3, 3], got [3, 2]",
  );
});
