import { autoencoder, betaVae } from "@elbo/beta-vae";
import { train, type LatentModel, type TrainOptions } from "@elbo/core";
import { cvae } from "@elbo/cvae";
import { sprites } from "@elbo/datasets";
import { vqVae } from "@elbo/vq-vae";

const image = [16, 16, 1] as const;
const small = { image, network: { kind: "mlp", hidden: [24] }, seed: 3 } as const;

/** Every variant, small. Codes are not revived: which token a code moves to hangs on the last bit. */
const variants: Readonly<Record<string, () => LatentModel>> = {
  autoencoder: () => autoencoder({ ...small, latent: 3 }),
  "beta-vae": () => betaVae({ ...small, latent: 3, beta: 2 }),
  cvae: () => cvae({ ...small, latent: 3, classes: 3 }),
  "vq-vae": () =>
    vqVae({
      ...small,
      quantizer: { kind: "vector", codebookSize: 8, codeDim: 4, reviveBelow: 0 },
    }),
};

/** The names of the variants. */
export const variantNames = Object.keys(variants);

/** Trains a variant for 50 steps on generated images and gives the loss of every fifth. */
export async function variantRun(
  name: string,
  compute: Pick<TrainOptions, "engine" | "device" | "threads">,
): Promise<{ losses: number[]; engine: string }> {
  const { train: images } = sprites({ size: 16, count: 200, seed: 4 });
  const model = variants[name]();
  const { history, report } = await train(model, images, {
    steps: 50,
    batchSize: 16,
    logEvery: 5,
    validation: 0,
    progress: "silent",
    ...compute,
  });
  model.dispose();
  return {
    losses: history.steps.map(({ loss }) => loss),
    engine: `${report?.engine ?? ""} on ${report?.device ?? ""}`,
  };
}
