import { join } from "node:path";
import { train } from "@elbo/core";
import { emptyFolder } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { betaVae, loadBetaVae } from "../src/index.ts";

const images = {
  data: Uint8Array.from({ length: 60 * 64 }, (_, i) =>
    i % 8 === Math.floor(i / 64) % 8 ? 230 : 20,
  ),
  shape: [60, 8, 8, 1],
};
const network = { kind: "mlp", hidden: [16] } as const;

test.each([
  { kind: "vamp", components: 5 },
  { kind: "flow", layers: 2, hidden: 8 },
] as const)(
  "a prior of the kind $kind is trained along, saved with its sizes and loaded",
  async (prior) => {
    const model = betaVae({ image: [8, 8, 1], latent: 2, network, prior, seed: 1 });
    await train(model, images, { epochs: 2, batchSize: 20, progress: "silent" });
    const directory = join(await emptyFolder(), "model");
    await model.save(directory);
    const again = await loadBetaVae(directory);
    expect(again.options["prior"]).toEqual(prior);
    expect((await again.sample(3, { seed: 2 })).data).toEqual(
      (await model.sample(3, { seed: 2 })).data,
    );
  },
);

test("a name alone has the default sizes, and an unknown one is refused", () => {
  const { options } = betaVae({ image: [8, 8, 1], latent: 2, network, prior: "vamp" });
  expect(options["prior"]).toEqual({ kind: "vamp", components: 100 });
  expect(() => betaVae({ image: [8, 8, 1], latent: 2, prior: "gmm" as never })).toThrow(
    'betaVae: prior must be "vamp" or "flow", got "gmm"',
  );
});
