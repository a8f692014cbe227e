// What the consumer of a rehearsal shares between two versions: data, a model and how it trains.
import { train } from "@elbo/core";
import { betaVae } from "@elbo/beta-vae";

const count = 64;
const [height, width] = [8, 8];

/** Blocks of four sizes, the same on every run. */
export const images = {
  shape: [count, height, width, 1],
  data: Uint8Array.from({ length: count * height * width }, (_, index) => {
    const [row, column] = [Math.floor(index / width) % height, index % width];
    const size = 2 + (Math.floor(index / (height * width)) % 4);
    return row < size && column < size ? 255 : 0;
  }),
};

export const freshModel = () =>
  betaVae({
    image: [height, width, 1],
    latent: 2,
    beta: 2,
    network: { kind: "mlp", hidden: [16] },
    seed: 1,
  });

/** Trains for 24 steps, with a checkpoint every 8; `stopAfter` ends a run that is to be resumed. */
export async function trainTiny(model, directory, stopAfter = 24) {
  const onStep = (run) => void (run.step === stopAfter && run.stop());
  const checkpoint = { directory, everySteps: 8 };
  const options = { steps: 24, batchSize: 16, seed: 3, progress: "silent" };
  return train(model, images, { ...options, checkpoint, callbacks: { onStep } });
}
