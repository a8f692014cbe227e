/** A condition by concatenation, as maps and by FiLM: trained, compiled as eager, saved and loaded. */
import { Random, train } from "@elbo/core";
import { emptyFolder, expectClose } from "@elbo/test-utils";
import { uniformImages } from "@elbo/test-utils/tensors";
import { expect, test } from "vitest";
import { cvae, loadCvae, type Cvae } from "../src/index.ts";

const image = [8, 8, 1];
const data = {
  ...uniformImages(new Random(1), [16, ...image]),
  labels: new Uint8Array(16).map((_, i) => i % 3),
};

test.each(["concatenate", "maps", "film", { encoder: "film", decoder: "maps" }] as const)(
  "a CVAE with %j computes the same compiled and eager, and loads as it was",
  async (inject) => {
    const make = (engine: "auto" | "eager"): Cvae =>
      cvae({
        image,
        latent: 2,
        classes: 3,
        inject,
        network: { kind: "conv", widths: [3], hidden: [5] },
        engine,
        seed: 1,
      });
    const trained = async (engine: "auto" | "eager"): Promise<Cvae> => {
      const model = make(engine);
      await train(model, data, {
        steps: 4,
        batchSize: 8,
        validation: 0,
        progress: "silent",
        engine,
      });
      return model;
    };
    const [compiled, eager] = [await trained("auto"), await trained("eager")];
    const before = await make("eager").readWeights();
    const weights = await compiled.readWeights();
    for (const [name, { data: values }] of Object.entries(await eager.readWeights())) {
      expectClose(weights[name].data, values, { rtol: 1e-3, atol: 1e-4 }); // Adam magnifies rounding
      expect(values).not.toEqual(before[name].data);
    }
    const directory = await emptyFolder();
    await compiled.save(directory);
    const loaded = await loadCvae(directory);
    expect(loaded.options).toEqual(compiled.options);
    expect((await loaded.encode(data)).data).toEqual((await compiled.encode(data)).data);
  },
);
