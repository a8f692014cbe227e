import { evaluate, train } from "@elbo/core";
import { betaVae, loadBetaVae } from "@elbo/beta-vae";

// 1. Your images: one typed array, row-major [count, height, width, channels], bytes or floats in [0, 1].
//    Here: a disc of some radius at some place, so two or three numbers say everything about an image.
const [count, size] = [2000, 16];
const data = new Uint8Array(count * size * size);
for (let i = 0; i < count; i++) {
  const radius = 2 + (i % 4);
  const [x, y] = [
    radius + ((i * 7) % (size - 2 * radius)),
    radius + ((i * 11) % (size - 2 * radius)),
  ];
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++)
      if (Math.hypot(row - y, column - x) <= radius) data[(i * size + row) * size + column] = 255;
}
const images = { data, shape: [count, size, size, 1] };

// 2. A model of such images, trained; a tenth of them is held out to validate each epoch.
const model = betaVae({ image: [size, size, 1], latent: 4, seed: 1 });
const { step } = await train(model, images, { epochs: 40, seed: 1 });
console.log(`${model.parameterCount} parameters, ${step} steps`);

// 3. What it learned, in nats per image.
const { elbo, rate } = await evaluate(model, images, { samples: 16, limit: 500 });
console.log(`ELBO ${elbo.mean.toFixed(1)}, of it rate ${rate.mean.toFixed(1)}`);

// 4. Save it, load it, draw from it.
await model.save("runs/discs");
const again = await loadBetaVae("runs/discs");
const samples = await again.sample(2, { seed: 2 });
for (let row = 0; row < size; row++) {
  const shades = (image: number): string =>
    Array.from(
      samples.data.subarray((image * size + row) * size, (image * size + row + 1) * size),
      (value) => " .:*#"[Math.min(4, Math.floor(value * 5))],
    ).join(" ");
  console.log(`${shades(0)}   ${shades(1)}`);
}
