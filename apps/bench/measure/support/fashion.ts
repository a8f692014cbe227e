/** Images, Fashion-MNIST above all, and the networks of Burda et al. for the recorded tables. */
import { load } from "@elbo/datasets";
import type { Dataset, DatasetName, Split } from "@elbo/datasets";
import type { Networks, NetworkShapes } from "@elbo/core";
import * as tfl from "@tensorflow/tfjs-layers";

/** Images of a split. */
export interface Images {
  readonly data: Uint8Array;
  readonly shape: readonly number[];
}

/** A set by name; its files come from the folder, if it is given one, from the cache or a download (see `load`). */
export const loadImages = (name: string, folder: string): Promise<Dataset> =>
  load(name as DatasetName, folder === "" ? {} : { folder });

/** The images of Fashion-MNIST without their labels. */
export async function fashionMnist(
  folder: string,
): Promise<{ readonly train: Images; readonly test: Images }> {
  const { train, test } = await loadImages("fashion-mnist", folder);
  const plain = ({ data, shape }: Split): Images => ({ data: data as Uint8Array, shape });
  return { train: plain(train), test: plain(test) };
}

/** Levels of 128 and more are 1, the others 0, so that the data are the same for everybody. */
export const binarized = <S extends Split>(split: S): S & Images => ({
  ...split,
  data: Uint8Array.from(split.data, (level) => (level >= 128 ? 255 : 0)),
});

/** The first images. */
export const first = ({ data, shape: [, ...image] }: Images, count: number): Images => ({
  data: data.subarray(0, count * image.reduce((a, b) => a * b, 1)),
  shape: [count, ...image],
});

/** Two hidden layers of 200 with tanh on both sides, weights by Glorot and Bengio; source: Burda et al. 2016, section 5. */
export function tanhNetworks({ example, latents, seed = 0 }: NetworkShapes): Networks {
  const image = Object.values(example)[0].column.shape;
  const size = image.reduce((a, b) => a * b, 1);
  let drawn = 0;
  const dense = (units: number, activation: "tanh" | "linear", name: string): tfl.layers.Layer =>
    tfl.layers.dense({
      units,
      activation,
      name,
      kernelInitializer: tfl.initializers.glorotUniform({ seed: 1000 * (seed + 1) + drawn++ }),
    });
  const stack = (
    inputShape: readonly number[],
    layers: readonly tfl.layers.Layer[],
  ): tfl.LayersModel => {
    const input = tfl.input({ shape: [...inputShape] });
    const output = layers.reduce<tfl.SymbolicTensor>(
      (tensor, layer) => layer.apply(tensor) as tfl.SymbolicTensor,
      input,
    );
    return tfl.model({ inputs: input, outputs: output });
  };
  return {
    encoder: stack(image, [
      tfl.layers.reshape({ targetShape: [size] }),
      dense(200, "tanh", "dense1"),
      dense(200, "tanh", "dense2"),
      dense(latents.features[0], "linear", "features"),
    ]),
    decoder: stack(latents.latent, [
      dense(200, "tanh", "dense1"),
      dense(200, "tanh", "dense2"),
      dense(size, "linear", "parameters"),
      tfl.layers.reshape({ targetShape: [...image] }),
    ]),
  };
}
