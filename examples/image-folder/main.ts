import { writeFileSync } from "node:fs";
import { encode } from "fast-png";
import { fromImageFolder } from "@elbo/datasets";
import { train } from "@elbo/core";
import { betaVae } from "@elbo/beta-vae";

const [size, shown] = [32, 8];

// Sub-folders are labels; every image becomes 32 x 32 with one channel.
const folder = await fromImageFolder("images", {
  size: [size, size],
  channels: 1,
  testFraction: 0.1,
  seed: 1,
});
console.log(`${folder.train.shape[0]} images of ${folder.classNames?.join(", ")}`);

const model = betaVae({ image: [size, size, 1], latent: 8, network: "mlp", seed: 1 });
await train(model, folder.train, { epochs: 120, batchSize: 64, seed: 1 });

// Originals of the test split above their reconstructions, as a picture.
const pixels = size * size;
const originals = folder.test.data.slice(0, shown * pixels) as Uint8Array;
const shape = [shown, size, size, 1];
const { data } = await model.reconstruct({ data: originals, shape });
const picture = new Uint8Array(2 * shown * pixels);
for (let image = 0; image < shown; image++)
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++) {
      const from = image * pixels + row * size + column;
      const to = (row * shown + image) * size + column;
      picture[to] = originals[from] ?? 0;
      picture[shown * pixels + to] = Math.round(255 * (data[from] ?? 0));
    }
const png = encode({ data: picture, width: shown * size, height: 2 * size, channels: 1 });
writeFileSync("reconstructions.png", png);
console.log("reconstructions.png: originals above, reconstructions below");
