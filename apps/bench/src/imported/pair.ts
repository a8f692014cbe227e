import type { NdArray } from "@elbo/core";
import { omit } from "../omit.ts";
import { OnnxGraph } from "./onnxGraph.ts";
import { fits, imageShapes, layoutHint, moveChannels, shownShape } from "./shapes.ts";
import type { FoundRuntime } from "./onnxRuntime.ts";
import type { ImportedOptions } from "./options.ts";

/** What the encoder gives of n examples. */
export interface Encoded {
  /** Means, or latents without noise, `[n, L]`. */
  readonly mean: NdArray<Float32Array>;
  /** Natural logarithms of variances, `[n, L]`; absent of an autoencoder. */
  readonly logVar?: NdArray<Float32Array>;
}

/**
 * Two networks from files, seen as elbo sees networks: examples channels last with values in [0, 1], latents as vectors. All of how the
 * files have them (layout, range, names, shapes) ends here.
 */
export class Pair {
  /** L, all axes of the latents together. */
  readonly size: number;
  /** Whether the encoder says how uncertain it is. */
  readonly isNoisy: boolean;
  private readonly options: ImportedOptions;
  private readonly image: readonly number[];
  private readonly encoder: OnnxGraph;
  private readonly decoder: OnnxGraph;
  /** Shapes that the files take, without the batch. */
  private readonly taken: { readonly image: readonly number[]; readonly latent: readonly number[] };

  private constructor(
    options: ImportedOptions,
    graphs: Readonly<Record<"encoder" | "decoder", OnnxGraph>>,
    { image, ...found }: { image: readonly number[]; size: number; taken: Pair["taken"] },
  ) {
    this.options = options;
    this.encoder = graphs.encoder;
    this.decoder = graphs.decoder;
    this.image = image;
    this.size = found.size;
    this.taken = found.taken;
    this.isNoisy = options.encoder.latents === undefined;
  }

  /**
   * Opens both files and sends one example of zeros through them, so that what does not fit is told before any work.
   *
   * @param image shape of an example, `[height, width, channels]` or `[features]`
   * @throws RangeError or Error in one sentence, with the way out
   */
  static async open(
    options: ImportedOptions,
    image: readonly number[],
    found: FoundRuntime,
  ): Promise<Pair> {
    const encoder = await OnnxGraph.open("encoder", options.encoder, found);
    const opened = [encoder];
    try {
      const decoder = await OnnxGraph.open("decoder", options.decoder, found);
      opened.push(decoder);
      const shape = imageTaken(encoder, options, image);
      const latents = await probeEncoder(encoder, options, shape);
      const latent = latentTaken(decoder, latents);
      await probeDecoder(decoder, { options, latent, image });
      const size = latents.reduce((a, b) => a * b, 1);
      return new Pair(
        options,
        { encoder, decoder },
        {
          image,
          size,
          taken: { image: shape, latent },
        },
      );
    } catch (error) {
      for (const graph of opened) await graph.close();
      throw error;
    }
  }

  /** @param x examples `[n, size]`, channels last, values in [0, 1] */
  async encode(x: Float32Array, count: number): Promise<Encoded> {
    const { encoder: choice, layout, range } = this.options;
    const [low, high] = range;
    const scaled = low === 0 && high === 1 ? x : x.map((value) => low + (high - low) * value);
    const data = layout === "nchw" ? moveChannels(scaled, this.image, "first") : scaled;
    const names = encoderOutputs(this.options);
    const given = await this.encoder.run({ data, shape: [count, ...this.taken.image] }, names);
    const rows = (values: Float32Array): NdArray<Float32Array> => ({
      data: values,
      shape: [count, this.size],
    });
    if (choice.latents !== undefined) return { mean: rows(given[choice.latents].data) };
    if (choice.meanAndLogVar !== undefined) {
      const [mean, logVar] = halves(given[choice.meanAndLogVar].data, this.size);
      return { mean: rows(mean), logVar: rows(logVar) };
    }
    const mean = rows(given[choice.mean ?? ""].data);
    if (choice.logVar !== undefined) return { mean, logVar: rows(given[choice.logVar].data) };
    const deviations = given[choice.deviation ?? ""].data;
    return { mean, logVar: rows(deviations.map((value) => 2 * Math.log(value))) };
  }

  /**
   * What the decoder gives of latents `[n, L]`: mean pixels with values in [0, 1], or logits, channels last, `[n, size]`.
   */
  async decode(z: Float32Array, count: number): Promise<Float32Array> {
    const { decoder: choice, layout, range } = this.options;
    const name = choice.mean ?? choice.logits ?? "";
    const given = await this.decoder.run({ data: z, shape: [count, ...this.taken.latent] }, [name]);
    const { data } = given[name];
    const last = layout === "nchw" ? moveChannels(data, this.image, "last") : data;
    const [low, high] = range;
    if (choice.mean === undefined || (low === 0 && high === 1)) return last;
    return last.map((value) => (value - low) / (high - low));
  }

  async close(): Promise<void> {
    await this.encoder.close();
    await this.decoder.close();
  }
}

/** The outputs that are asked of the encoder. */
const encoderOutputs = ({ encoder }: ImportedOptions): string[] =>
  [encoder.mean, encoder.logVar, encoder.deviation, encoder.meanAndLogVar, encoder.latents].filter(
    (name) => name !== undefined,
  );

/** `[n, 2 L]` to means and log variances. */
function halves(both: Float32Array, size: number): [Float32Array, Float32Array] {
  const count = both.length / (2 * size);
  const parts = [new Float32Array(count * size), new Float32Array(count * size)] as const;
  for (let row = 0; row < count; row++)
    parts.forEach((part, i) => {
      part.set(both.subarray((2 * row + i) * size, (2 * row + i + 1) * size), row * size);
    });
  return [parts[0], parts[1]];
}

/** How the encoder takes an example. */
function imageTaken(
  { declared }: OnnxGraph,
  { layout }: ImportedOptions,
  image: readonly number[],
): number[] {
  const shapes = imageShapes(image, layout);
  if (declared === undefined) return shapes[0];
  const shape = shapes.find((one) => fits(one, declared));
  if (shape !== undefined) return shape;
  throw new RangeError(
    `onnx: encoder must take examples as ${shapes.map(shownShape).join(" or ")} (layout ${layout}), got one that takes ${shownShape(declared)}${layoutHint(image, layout, declared)}`,
  );
}

/** Runs the encoder once and gives the shape of the latents. */
async function probeEncoder(
  encoder: OnnxGraph,
  options: ImportedOptions,
  shape: readonly number[],
): Promise<readonly number[]> {
  const choice = omit(options.encoder, "file", "sha256", "input");
  for (const [key, name] of Object.entries(choice))
    if (name !== undefined) encoder.assertOutput(key, name);
  const names = encoderOutputs(options);
  const zeros = new Float32Array(shape.reduce((a, b) => a * b, 1));
  const given = await encoder.run({ data: zeros, shape: [1, ...shape] }, names);
  const [first, ...others] = names.map((name) => given[name].shape.slice(1));
  if (others.some((other) => other.join() !== first.join()))
    throw new RangeError(
      `onnx: outputs of the encoder must be equally wide, got ${names.map((name) => `${name} ${shownShape(given[name].shape.slice(1))}`).join(", ")}`,
    );
  if (choice.meanAndLogVar === undefined) return first;
  if (first.length === 1 && first[0] % 2 === 0) return [first[0] / 2];
  throw new RangeError(
    `onnx: meanAndLogVar of the encoder must be [n, 2 L], means and then log variances, got ${shownShape(first)}`,
  );
}

/** How the decoder takes the latents that the encoder gives. */
function latentTaken({ declared }: OnnxGraph, latents: readonly number[]): readonly number[] {
  const size = latents.reduce((a, b) => a * b, 1);
  if (declared === undefined || fits(latents, declared)) return latents;
  if (fits([size], declared)) return [size];
  const known = declared.filter((axis) => typeof axis === "number");
  if (known.length === declared.length && known.reduce((a, b) => a * b, 1) === size) return known;
  throw new RangeError(
    `onnx: decoder must take the latents that the encoder gives, ${shownShape(latents)}, got one that takes ${shownShape(declared)}`,
  );
}

/** Runs the decoder once and checks that what it gives is an example. */
async function probeDecoder(
  decoder: OnnxGraph,
  {
    options,
    latent,
    image,
  }: {
    readonly options: ImportedOptions;
    readonly latent: readonly number[];
    readonly image: readonly number[];
  },
): Promise<void> {
  const { mean, logits } = options.decoder;
  const name = mean ?? logits ?? "";
  decoder.assertOutput(mean === undefined ? "logits" : "mean", name);
  const zeros = new Float32Array(latent.reduce((a, b) => a * b, 1));
  const given = await decoder.run({ data: zeros, shape: [1, ...latent] }, [name]);
  const shape = given[name].shape.slice(1);
  const shapes = imageShapes(image, options.layout);
  if (shapes.some((one) => fits(one, shape))) return;
  throw new RangeError(
    `onnx: decoder must give examples as ${shapes.map(shownShape).join(" or ")} (layout ${options.layout}), got ${shownShape(shape)}${layoutHint(image, options.layout, shape)}`,
  );
}
