/** VQ-VAE-2 (Razavi et al. 2019, arXiv:1906.00446): a coarse level, and a fine one that sees the coarse. */
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import {
  createModel,
  gaussianLikelihood,
  type LatentModel,
  type NdArray,
  type Networks,
} from "@elbo/core";
import { quantized, vectorQuantizer } from "@elbo/vq-vae";

type Activation = "relu" | "linear";
type MakeLayer<Sizes extends unknown[]> = (...sizes: [...Sizes, Activation?]) => tfl.layers.Layer;

interface Layers {
  /** Filters and stride. */
  readonly conv: MakeLayer<[number, number]>;
  /** Filters; twice the size. */
  readonly up: MakeLayer<[number]>;
}

/** Layers that start from the seed; TF.js would draw their weights without one. */
function layersOf(seed: number): Layers {
  let made = 0;
  const start = (): ReturnType<typeof tfl.initializers.glorotUniform> =>
    tfl.initializers.glorotUniform({ seed: 100 * seed + made++ });
  const padding = "same";
  return {
    conv: (filters, strides, activation = "relu") =>
      tfl.layers.conv2d({
        filters,
        kernelSize: strides === 1 ? 3 : 4,
        strides,
        padding,
        activation,
        kernelInitializer: start(),
      }),
    up: (filters, activation = "relu") =>
      tfl.layers.conv2dTranspose({
        filters,
        kernelSize: 4,
        strides: 2,
        padding,
        activation,
        kernelInitializer: start(),
      }),
  };
}

function stack(shape: readonly number[], layers: readonly tfl.layers.Layer[]): tfl.LayersModel {
  const input = tfl.input({ shape: [...shape] });
  let output: tfl.SymbolicTensor = input;
  for (const layer of layers) output = layer.apply(output) as tfl.SymbolicTensor;
  return tfl.model({ inputs: input, outputs: output });
}

export interface TwoLevelOptions {
  /** Side divisible by 4. */
  readonly image: readonly number[];
  /** Codes of each level. */
  readonly codebookSize: { readonly top: number; readonly bottom: number };
  readonly codeDim: number;
  readonly seed: number;
}

export function twoLevels({
  image,
  codebookSize,
  codeDim,
  seed,
}: TwoLevelOptions): LatentModel<Readonly<Record<string, NdArray>>> {
  const [height, width, channels] = image;
  const fine = [height / 2, width / 2] as const;
  const coarse = [height / 4, width / 4] as const;
  const W = 16;
  const { conv, up } = layersOf(seed);
  const networks: Networks = {
    encoderBottom: stack(image, [conv(W, 2), conv(W, 1)]),
    encoderTop: stack([...fine, W], [conv(W, 2), conv(codeDim, 1, "linear")]),
    decoderTop: stack([...coarse, codeDim], [conv(W, 1), up(W)]),
    joinBottom: stack([...fine, 2 * W], [conv(codeDim, 1, "linear")]),
    upsample: stack([...coarse, codeDim], [up(W)]),
    decoder: stack([...fine, W + codeDim], [conv(W, 1), up(channels, "linear")]),
  };
  const level = (grid: readonly number[], size: number): ReturnType<typeof quantized> =>
    quantized({ grid, quantizer: vectorQuantizer({ codebookSize: size, codeDim, seed }) });
  return createModel({
    kind: "vq-vae-2-by-hand",
    options: {},
    example: { x: gaussianLikelihood(image, { scale: 0.1 }) },
    latents: { top: level(coarse, codebookSize.top), bottom: level(fine, codebookSize.bottom) },
    networks,
    seed,
    infer(model, batch, context) {
      const features = model.apply("encoderBottom", batch["x"], { context });
      const top = model.infer("top", model.apply("encoderTop", features, { context }), context);
      const upper = model.apply("decoderTop", tf.squeeze(top.z, [0]), { context });
      const joined = model.apply("joinBottom", tf.concat([features, upper], -1), { context });
      return { top, bottom: model.infer("bottom", joined, context) };
    },
    generate(model, { top, bottom }, context) {
      const upper = model.apply("upsample", top, { context });
      return model.apply("decoder", tf.concat([upper, bottom], -1), { context });
    },
  });
}
