import {
  assertInteger,
  describeValue,
  readOptions,
  rules,
  type NdArray,
  type OptionTable,
} from "@elbo/core";
import { assertKind } from "./assertKind.ts";
import type { CompletionBaseline, CompletionVae } from "./completion.ts";
import { readMask, type MaskLike } from "./masks.ts";

/** Options of {@link complete}. */
export interface CompleteOptions {
  /** Which part is observed. */
  readonly mask: MaskLike;
  /** Completions of each image, default 1; all those of the baseline are the same. */
  readonly count?: number;
  /** Seed of the completions; default 0. */
  readonly seed?: number;
}

const table = {
  mask: { rule: rules.any<MaskLike>() },
  count: { rule: rules.integer({ min: 1 }), default: 1 },
  seed: { rule: rules.integer(), default: 0 },
} satisfies OptionTable<CompleteOptions>;

/**
 * Completes images of which a part is observed: the observed pixels as they are, the others as means of p(x_u|z, x_o) with z drawn from
 * p(z|x_o), another one for each completion.
 *
 * @param images `[n, height, width, channels]`; what the mask hides of them is never looked at
 * @returns `[n, count, height, width, channels]`, values in [0, 1] where grey levels were given
 * @throws TypeError or RangeError for images or a mask that do not fit
 */
export async function complete(
  model: CompletionVae | CompletionBaseline,
  images: NdArray,
  options: CompleteOptions,
): Promise<NdArray<Float32Array>> {
  const fn = "complete";
  const { mask, count, seed } = readOptions(fn, table, options);
  assertKind({ fn, name: "model" }, model, ["completion-vae", "completion-baseline"]);
  const { shape: image } = model.example["x"].column;
  const { data, shape } = images ?? {};
  if (data === undefined || shape?.slice(1).join() !== image.join()) {
    throw new RangeError(
      `${fn}: images must be { data, shape: [n, ${image.join(", ")}] }, got ${shape === undefined ? describeValue(images) : `the shape [${shape.join(", ")}]`}`,
    );
  }
  const [n] = shape;
  assertInteger({ fn, name: "number of images" }, n, { min: 1 });
  const seen = await masked(model, images, mask);
  const condition = {
    mask: { data: repeatRows(seen.mask, n, count), shape: [n * count, image[0], image[1]] },
    observed: { data: repeatRows(seen.values, n, count), shape: [n * count, ...image] },
  };
  const completed = await drawn(model, { n, count, seed, condition });
  const [height, width, channels] = image;
  const out = Float32Array.from(completed.data);
  for (let i = 0; i < out.length; i++) {
    if (condition.mask.data[Math.floor(i / channels)] === 1) out[i] = condition.observed.data[i];
  }
  return { data: out, shape: [n, count, height, width, channels] };
}

interface Drawing {
  readonly n: number;
  readonly count: number;
  readonly seed: number;
  readonly condition: { readonly mask: NdArray; readonly observed: NdArray<Float32Array> };
}

/** One example for each completion: a draw, or what the baseline says. */
async function drawn(
  model: CompletionVae | CompletionBaseline,
  { n, count, seed, condition }: Drawing,
): Promise<NdArray> {
  if (model.kind === "completion-vae") return model.sample(n * count, { condition, seed });
  const { mask, observed } = condition;
  const code = await model.encode(observed, { condition: { mask } });
  return model.decode(code, { condition });
}

/** The mask of each image, and its observed values as numbers, zeros elsewhere. */
async function masked(
  model: CompletionVae | CompletionBaseline,
  { data, shape }: NdArray,
  mask: MaskLike,
): Promise<{ readonly mask: Float32Array; readonly values: Float32Array }> {
  const fn = "complete";
  const [n, height, width, channels] = shape;
  const pixels = height * width;
  const write = readMask({ fn, name: "mask" }, mask, {
    size: [height, width],
    count: n,
    canDraw: false,
  });
  const masks = new Float32Array(n * pixels);
  for (let index = 0; index < n; index++) write(masks, { at: index * pixels, index });
  const seen = data.slice();
  for (let i = 0; i < seen.length; i++) if (masks[Math.floor(i / channels)] === 0) seen[i] = 0;
  // The model's own reader checks values and makes numbers of grey levels.
  const told = { condition: { mask: { data: masks, shape: [n, height, width] } } };
  const rows = await model.rows(fn, { data: seen, shape }, told);
  const values = new Float32Array(n * pixels * channels);
  const buffers = { x: values, mask: new Float32Array(masks.length), observed: values.slice() };
  await rows.fillInto(buffers, { indices: Int32Array.from({ length: n }, (_, i) => i) });
  return { mask: masks, values };
}

/** Every row `count` times, one after the other. */
function repeatRows(data: Float32Array, rows: number, count: number): Float32Array {
  const size = data.length / rows;
  const out = new Float32Array(data.length * count);
  for (let row = 0; row < rows * count; row++) {
    const from = Math.floor(row / count) * size;
    out.set(data.subarray(from, from + size), row * size);
  }
  return out;
}
