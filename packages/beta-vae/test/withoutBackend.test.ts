import { emptyFolder, runModule } from "@elbo/test-utils";
import { expect, test } from "vitest";

test("a model trains, samples, is saved and loaded where no backend of TF.js is installed", async () => {
  const folder = await emptyFolder();
  const { output } = await runModule(
    `
    import * as tf from "@tensorflow/tfjs-core";
    import { train } from "@elbo/core";
    import { betaVae, loadBetaVae } from "../src/index.ts";
    const data = Float32Array.from({ length: 64 * 64 }, (_, i) => ((i * 7919) % 13 < 6 ? 1 : 0));
    const model = betaVae({ image: [8, 8, 1], latent: 2, seed: 1 });
    await train(model, { data, shape: [64, 8, 8, 1] }, { epochs: 2, batchSize: 16 });
    const images = await model.sample(3, { seed: 2 });
    await model.save(${JSON.stringify(folder)} + "/model");
    const loaded = await loadBetaVae(${JSON.stringify(folder)} + "/model");
    const again = await loaded.sample(3, { seed: 2 });
    console.log(images.shape.join(), again.data.every((v, i) => v === images.data[i]), tf.getBackend());
    process.exit(0);
  `,
    new URL(".", import.meta.url),
  );
  expect(output.trim()).toBe("3,8,8,1 true elbo-storage");
});
