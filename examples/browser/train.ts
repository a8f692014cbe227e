// In Node: two small models, saved where the page finds them.
import { train } from "@elbo/core";
import { betaVae } from "@elbo/beta-vae";
import { load, take } from "@elbo/datasets";
import { vqVae } from "@elbo/vq-vae";

const { train: images, test } = await load("fashion-mini");
const options = { seed: 1, batchSize: 64, validation: 0 } as const;

const beta = betaVae({ image: [28, 28, 1], latent: 8, network: "mlp", seed: 1 });
await train(beta, images, { steps: 300, ...options });
await beta.save("site/beta-vae");

const network = { kind: "conv", widths: [16, 32] } as const;
const quantized = vqVae({ image: [28, 28, 1], codebookSize: 64, codeDim: 8, network, seed: 1 });
await train(quantized, images, { steps: 400, ...options });
await quantized.save("site/vq-vae");

// Eight images as codes: 49 small integers each, which the page turns back into pictures.
const { data, shape } = await quantized.encode(take(test, [0, 1, 2, 3, 4, 5, 6, 7]));
const { writeFileSync } = await import("node:fs");
writeFileSync("site/codes.json", JSON.stringify({ data: [...data], shape }));
