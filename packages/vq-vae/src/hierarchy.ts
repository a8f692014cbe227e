import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import {
  computeOf,
  createLikelihood,
  createModel,
  createNetworks,
  describeValue,
  elbo,
  gaussianLikelihood,
  imageModelJson,
  imageModelOptions,
  loadModel,
  Random,
  readOptions,
  registerModel,
  rules,
  type Columns,
  type ExampleSpec,
  type ImageModelOptions,
  type LatentModel,
  type Level,
  type LoadOptions,
  type ModelDefinition,
  type ModelKind,
  type NdArray,
  type NetworkChoice,
  type Networks,
  type Operations,
  type OptionTable,
  type Quantizer,
  type StepContext,
} from "@elbo/core";
import { quantized } from "./quantizedLatents.ts";
import { createQuantizer, type QuantizerChoice } from "./quantizers/createQuantizer.ts";
import { quantizerJson } from "./quantizers/quantizerJson.ts";
import {
  fromJson,
  weightsJson,
  weightsOf,
  weightsOption,
  type TermWeights,
} from "./termWeights.ts";

/** Options of {@link hierarchicalVqVae}. */
export interface HierarchicalVqVaeOptions extends ImageModelOptions {
  /** The quantizers of the levels, the coarsest first, two or more; default two of the kind `"vector"`. */
  readonly quantizers?: readonly QuantizerChoice[];
  /** Channels of the maps between levels; default 64. `widths` of the networks are those of the image's; levels above have the last. */
  readonly width?: number;
  /** Weights of the quantizers' losses at every level, and of `rate`. */
  readonly weights?: TermWeights;
}

/** {@link HierarchicalVqVaeOptions} as a table. */
export const hierarchicalVqVaeTable = {
  ...imageModelOptions,
  network: { ...imageModelOptions.network, default: "conv" },
  quantizers: {
    rule: rules.list(rules.any<QuantizerChoice>(), { least: 2 }),
    default: ["vector", "vector"],
    doc: "the quantizers of the levels, the coarsest first, two or more",
  },
  width: {
    rule: rules.integer({ min: 1 }),
    default: 64,
    doc: "channels of the maps between levels",
  },
  weights: {
    ...weightsOption,
    shown: "the quantizers'",
    doc: "weights of the quantizers' losses at every level and of the rate, numbers or schedules",
  },
} satisfies OptionTable<HierarchicalVqVaeOptions>;

/** A VQ-VAE of several levels: codes are a record by level. */
export type HierarchicalVqVae = LatentModel<
  Readonly<Record<string, NdArray>>,
  "elbo" | "rate" | "mse"
>;

const fn = "hierarchicalVqVae";

/**
 * A VQ-VAE of two or more levels (VQ-VAE-2): the finest on a grid of a quarter of the image's height and width, each coarser one of
 * half of that, rounded up.
 *
 * Encoders go from the image to the coarsest maps; then, level by level from the coarsest on, codes are chosen from the level's
 * maps joined with what the levels above decode to, and decoded together with it: the finest level codes what the others left
 * open. Levels are called `top`, `middle1`, ..., `bottom`, in the order of generation, and so are codes, terms (`top.commitment`) and
 * networks (`encoder_top`, `join_bottom`, `decoder_bottom`). Source: Razavi et al. 2019 (arXiv:1906.00446), section 3.1; there the
 * image is decoded from all codes scaled up, here from the maps that they decoded to.
 *
 * @throws TypeError or RangeError when an option is unknown or out of range, or the image is none `[height, width, channels]`
 */
export function hierarchicalVqVae(options: HierarchicalVqVaeOptions): HierarchicalVqVae {
  const checked = readOptions(fn, hierarchicalVqVaeTable, options);
  const { image, seed, width } = checked;
  if (image.length !== 3) {
    throw new RangeError(
      `${fn}: image must be [height, width, channels], got ${describeValue(image)}`,
    );
  }
  const names = levelNames(checked.quantizers.length);
  const quantizers = checked.quantizers.map((choice, l) =>
    createQuantizer(choice, { seed: seed + l }),
  );
  quantizers.forEach(refuseDrawn);
  const likelihood = createLikelihood(checked.likelihood, image);
  const example = { x: likelihood };
  const grids = gridsOf(image, names.length);
  const weights = quantizers.map((quantizer) => weightsOf(fn, quantizer, checked.weights));
  const parts: Parts = { names, grids, quantizers, width, example, seed };
  return createModel({
    kind: "hierarchical-vq-vae",
    options: {
      ...imageModelJson({ image, likelihood, seed }),
      quantizers: quantizers.map(quantizerJson),
      width,
      weights: weightsJson(checked.weights),
    },
    example,
    latents: Object.fromEntries(
      names.map((name, l) => [name, quantized({ grid: grids[l], quantizer: quantizers[l] })]),
    ),
    networks: networksOf(parts, checked.network),
    ...passes(names),
    objective: elbo({
      weights: Object.fromEntries(
        weights.flatMap((own, l) =>
          Object.entries(own).map(([term, weight]) => [`${names[l]}.${term}`, weight]),
        ),
      ),
    }),
    seed,
    compute: computeOf(options),
  });
}

/** `top`, `middle1`, ..., `bottom`. */
function levelNames(count: number): string[] {
  const middle = Array.from({ length: count - 2 }, (_, i) => `middle${i + 1}`);
  return ["top", ...middle, "bottom"];
}

/** Grids of the levels, the coarsest first. */
function gridsOf([height, width]: readonly number[], count: number): (readonly number[])[] {
  const grids = [[Math.ceil(height / 4), Math.ceil(width / 4)]];
  for (let l = 1; l < count; l++) grids.unshift(grids[0].map((side) => Math.ceil(side / 2)));
  return grids;
}

function refuseDrawn(quantizer: Quantizer): void {
  if (quantizer.draw === undefined) return;
  throw new TypeError(
    `${fn}: quantizers must choose codes for certain, got ${quantizer.kind}; the levels below see one code of each level`,
  );
}

interface Parts {
  readonly names: readonly string[];
  readonly grids: readonly (readonly number[])[];
  readonly quantizers: readonly Quantizer[];
  readonly width: number;
  readonly example: ExampleSpec;
  readonly seed: number;
}

/** The networks of a choice, or those of a saved model. */
function networksOf(parts: Parts, choice: ImageModelOptions["network"] & {}): Networks {
  if (typeof choice === "object" && !("kind" in choice)) return choice;
  const { names, grids, quantizers, width, example, seed } = parts;
  const networks: Record<string, Networks[string]> = {};
  names.forEach((name, l) => {
    const { codeDim } = quantizers[l];
    const isTop = l === 0;
    const isBottom = l === names.length - 1;
    const explained = isBottom
      ? example
      : { x: gaussianLikelihood([...grids[l + 1], width], { scale: 1 }) };
    const { encoder, decoder } = createNetworks(isBottom ? choice : aboveOf(choice), {
      example: explained,
      latents: {
        features: [...grids[l], isTop ? codeDim : width],
        latent: [...grids[l], isTop ? codeDim : width + codeDim],
      },
      seed: seed + l,
    });
    networks[`encoder_${name}`] = encoder;
    networks[`decoder_${name}`] = decoder;
    if (!isTop) networks[`join_${name}`] = join({ name, grid: grids[l], width, codeDim, seed });
  });
  return networks;
}

/** The networks of a level above the finest: they halve once, to maps of the last of the widths that were given for the image. */
function aboveOf(choice: NetworkChoice): NetworkChoice {
  if (!isConv(choice) || choice.widths === undefined) return choice;
  return { ...choice, widths: choice.widths.slice(-1) };
}

const isConv = (
  choice: NetworkChoice,
): choice is Extract<NetworkChoice, { readonly kind: "conv" }> =>
  typeof choice === "object" && "kind" in choice && choice.kind === "conv";

interface JoinOptions {
  readonly name: string;
  readonly grid: readonly number[];
  readonly width: number;
  readonly codeDim: number;
  readonly seed: number;
}

/** A linear map of every position: the level's own maps and those from above, to the vectors that are quantized. */
function join({ name, grid, width, codeDim, seed }: JoinOptions): Networks[string] {
  const input = tfl.input({ shape: [...grid, 2 * width], name: "input" });
  const layer = tfl.layers.conv2d({
    name: "features",
    filters: codeDim,
    kernelSize: 1,
    kernelInitializer: "zeros",
  });
  const outputs = layer.apply(input) as tfl.SymbolicTensor;
  const values = new Float32Array(2 * width * codeDim);
  new Random(seed).fork("join", name).fillNormalInto(values);
  tf.tidy(() => {
    const scaled = values.map((value) => value / Math.sqrt(2 * width));
    layer.weights[0].write(tf.tensor(scaled, [1, 1, 2 * width, codeDim]));
  });
  return tfl.model({ inputs: input, outputs, name: `join_${name}` });
}

/** The way up through the encoders and down through the levels, and the way down alone. */
function passes(names: readonly string[]): Required<Pick<ModelDefinition, "infer" | "generate">> {
  const together = (above: tf.Tensor | undefined, own: tf.Tensor): tf.Tensor =>
    above === undefined ? own : tf.concat([above, own], -1);
  return {
    infer(model: Operations, batch: Columns, context: StepContext) {
      let maps = tf.cast(batch["x"], "float32");
      const upwards: Record<string, tf.Tensor> = {};
      for (const name of names.toReversed()) {
        upwards[name] = maps = model.apply(`encoder_${name}`, maps, { context });
      }
      const levels: Record<string, Level> = {};
      let above: tf.Tensor | undefined;
      for (const name of names) {
        const given =
          above === undefined
            ? upwards[name]
            : model.apply(`join_${name}`, together(above, upwards[name]), { context });
        const level = model.infer(name, given, context);
        levels[name] = level;
        if (name === names.at(-1)) break;
        const z = tf.squeeze(tf.slice(level.z, 0, 1), [0]); // all draws of a code for certain are equal
        above = model.apply(`decoder_${name}`, together(above, z), { context });
      }
      return levels;
    },
    generate(model: Operations, z: Columns, context: StepContext) {
      let above: tf.Tensor | undefined;
      for (const name of names) {
        above = model.apply(`decoder_${name}`, together(above, z[name]), { context });
      }
      return above as tf.Tensor;
    },
  };
}

/** What core's loader needs to know of hierarchical VQ-VAEs. */
export const hierarchicalVqVaeKind: ModelKind<HierarchicalVqVae> = {
  kind: "hierarchical-vq-vae",
  build: (options, network) =>
    hierarchicalVqVae({
      ...(fromJson(options) as unknown as HierarchicalVqVaeOptions),
      network,
    }),
};

registerModel(hierarchicalVqVaeKind);

/**
 * Loads a hierarchical VQ-VAE that `model.save(directory)` wrote.
 *
 * @throws Error when the directory holds no such model, or something malformed
 */
export function loadHierarchicalVqVae(
  directory: string,
  options?: LoadOptions,
): Promise<HierarchicalVqVae> {
  return loadModel(directory, hierarchicalVqVaeKind, options);
}
