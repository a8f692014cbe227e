import { describeValue, readOptions, reasonOf, rules } from "@elbo/common";
import type { OptionTable, OptionValues } from "@elbo/common";
import type { NdArray } from "@elbo/jit";
import { readBytes } from "#platform";
import type { ArrayLikeData } from "../data/examples.ts";
import { numberRows } from "../data/numberRows.ts";
import { toNdArray } from "../ndArray.ts";
import { sizeOf } from "../shape.ts";

/** The part of ONNX Runtime's packages that is used: `import * as runtime from "onnxruntime-node"`. */
export interface OnnxRuntimeLike {
  readonly Tensor: new (type: "float32", data: Float32Array, dims: number[]) => object;
  readonly InferenceSession: { create(model: Uint8Array): Promise<unknown> };
}

/** The part of a session of ONNX Runtime that is used. */
export interface OnnxSessionLike {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(
    feeds: Readonly<Record<string, object>>,
    fetches: readonly string[],
  ): Promise<
    Readonly<Record<string, { readonly data: unknown; readonly dims: readonly number[] }>>
  >;
  release(): Promise<void>;
}

/** Options of {@link onnxFeatures}. */
export interface OnnxFeaturesOptions {
  /** The module `onnxruntime-node` or `onnxruntime-web`, version 1.20 or newer. */
  readonly runtime: OnnxRuntimeLike;
  /** The input that takes the examples; default the only one. */
  readonly input?: string;
  /** The output that is the features; default the first one. */
  readonly output?: string;
  /** `"nchw"` for models of PyTorch, whose channels come first; default `"nhwc"`, examples as they are. */
  readonly layout?: "nhwc" | "nchw";
  /** What is subtracted from values of each channel; default 0. */
  readonly mean?: readonly number[];
  /** What they are divided by then; default 1. */
  readonly deviation?: readonly number[];
  /** Examples at a time; default 64. */
  readonly batchSize?: number;
}

const isNumbers = (value: unknown): boolean =>
  Array.isArray(value) && value.length > 0 && value.every(Number.isFinite);

const table = {
  runtime: {
    rule: rules.such<OnnxRuntimeLike>(
      "the module onnxruntime-node or onnxruntime-web",
      (value) =>
        typeof (value as Partial<OnnxRuntimeLike> | null)?.InferenceSession?.create === "function",
    ),
  },
  input: { rule: rules.text(), default: undefined },
  output: { rule: rules.text(), default: undefined },
  layout: { rule: rules.oneOf(["nhwc", "nchw"]), default: "nhwc" },
  mean: {
    rule: rules.such<readonly number[]>("a list of numbers, one for each channel", isNumbers),
    default: [0],
  },
  deviation: {
    rule: rules.such<readonly number[]>(
      "a list of numbers above 0, one for each channel",
      (value) => isNumbers(value) && (value as number[]).every((number) => number > 0),
    ),
    default: [1],
  },
  batchSize: { rule: rules.integer({ min: 1 }), default: 64 },
} satisfies OptionTable<OnnxFeaturesOptions>;

/** Features of examples, as a `classifier` gives them. */
export interface OnnxFeatures {
  /** What the model's output is of each example, `[n, F]`, further axes flattened. */
  features(x: ArrayLikeData): Promise<NdArray<Float32Array>>;
  /** Frees the session. */
  dispose(): Promise<void>;
}

const fn = "onnxFeatures";

/**
 * Features that an ONNX model of one's own computes: the space of `frechetDistance` and `precisionRecall` in the place of a `classifier`
 * of the same data, such as an Inception or a self-supervised network.
 *
 * Values are `(x - mean) / deviation`, grey levels of images (integers) brought to [0, 1] before. Images must have the size that the model
 * takes.
 *
 * @param model path, address or bytes of the `.onnx` file
 * @throws TypeError or RangeError for options that make no sense, Error for a file that is no such model
 */
export async function onnxFeatures(
  model: string | Uint8Array,
  options: OnnxFeaturesOptions,
): Promise<OnnxFeatures> {
  const own = readOptions(fn, table, options);
  const bytes = typeof model === "string" ? await readBytes({ fn, path: model }) : model;
  if (!(bytes instanceof Uint8Array)) {
    throw new TypeError(
      `${fn}: model must be the path or the bytes of an ONNX file, got ${describeValue(model)}`,
    );
  }
  const session = (await own.runtime.InferenceSession.create(bytes).catch((cause: unknown) => {
    throw new Error(`${fn}: model must be an ONNX file, got: ${reasonOf(cause)}`, { cause });
  })) as OnnxSessionLike;
  const input = named("input", own.input, session.inputNames);
  const output = named("output", own.output, session.outputNames);
  return {
    features: (x) => featuresOf(x, { own, session, input, output }),
    dispose: () => session.release(),
  };
}

/** A name among those that the model has; the first unless one is given. */
function named(what: string, wanted: string | undefined, names: readonly string[]): string {
  const isOne = what === "output" || names.length === 1;
  const name = wanted ?? (isOne ? names[0] : undefined);
  if (name !== undefined && names.includes(name)) return name;
  throw new RangeError(
    `${fn}: ${what} must be one of the model's, ${names.join(", ")}, got ${describeValue(wanted)}`,
  );
}

interface Featured {
  readonly own: OptionValues<typeof table>;
  readonly session: OnnxSessionLike;
  readonly input: string;
  readonly output: string;
}

async function featuresOf(
  x: ArrayLikeData,
  { own, session, input, output }: Featured,
): Promise<NdArray<Float32Array>> {
  const at = { fn: "features", name: "x" };
  const values = await toNdArray(at, x);
  const [count, ...shape] = values.shape;
  const rows = numberRows(at, values, shape);
  assertChannels(shape, own);
  const size = sizeOf(shape);
  let data = new Float32Array(0);
  let width = 0;
  for (let from = 0; from < count; from += own.batchSize) {
    const n = Math.min(own.batchSize, count - from);
    const batch = new Float32Array(n * size);
    await rows.fillInto(
      { x: batch },
      { indices: Int32Array.from({ length: n }, (_, i) => from + i) },
    );
    const fed = arranged(batch, shape, own);
    const tensor = new own.runtime.Tensor("float32", fed.data, [n, ...fed.shape]);
    const given = (await session.run({ [input]: tensor }, [output]))[output];
    if (!(given.data instanceof Float32Array) || given.dims[0] !== n) {
      throw new RangeError(
        `${at.fn}: the output ${output} must be float32 with a row for each of ${n} examples, got [${given.dims.join(", ")}]`,
      );
    }
    if (from === 0) {
      width = given.data.length / n;
      data = new Float32Array(count * width);
    }
    data.set(given.data, from * width);
  }
  return { data, shape: [count, width] };
}

/** @throws RangeError for means or deviations of other channels */
function assertChannels(
  shape: readonly number[],
  { mean, deviation }: Pick<Featured["own"], "mean" | "deviation">,
): void {
  const channels = shape.at(-1) ?? 1;
  for (const [name, list] of Object.entries({ mean, deviation })) {
    if (list.length === 1 || list.length === channels) continue;
    throw new RangeError(
      `features: ${name} must have one number for each of ${channels} channels, got ${list.length}`,
    );
  }
}

/** Values of a batch `[n, ...shape]` shifted and scaled, channels first where the model takes them so. */
function arranged(
  batch: Float32Array,
  shape: readonly number[],
  { layout, mean, deviation }: Featured["own"],
): { readonly data: Float32Array; readonly shape: readonly number[] } {
  const channels = shape.at(-1) ?? 1;
  const data = batch.map((value, i) => {
    const c = i % channels;
    return (value - mean[c % mean.length]) / deviation[c % deviation.length];
  });
  if (layout === "nhwc" || shape.length < 2) return { data, shape };
  const places = sizeOf(shape.slice(0, -1));
  const first = new Float32Array(data.length);
  data.forEach((value, i) => {
    const [pixel, c] = [Math.floor(i / channels), i % channels];
    const [example, place] = [Math.floor(pixel / places), pixel % places];
    first[(example * channels + c) * places + place] = value;
  });
  return { data: first, shape: [channels, ...shape.slice(0, -1)] };
}
