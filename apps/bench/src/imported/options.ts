import { describeValue, readOptions, rules } from "@elbo/common";
import type { Options, OptionValues } from "@elbo/common";
import type { JsonObject, LikelihoodChoice } from "@elbo/core";

/** A file of a pair, and which of its inputs and outputs is what. */
interface File {
  readonly file: string;
  /** Digest of it; another file is refused. A plan says it. */
  readonly sha256?: string;
  /** Name of the input; default the only one. */
  readonly input?: string;
}

/** What the encoder's outputs are: by name, one of the three ways. */
export interface EncoderChoice extends File {
  /** Means of q(z | x), with `logVar` or `deviation` beside it. */
  readonly mean?: string;
  /** Natural logarithms of variances. */
  readonly logVar?: string;
  /** Standard deviations. */
  readonly deviation?: string;
  /** Means, then as many log variances, in one output. */
  readonly meanAndLogVar?: string;
  /** Latents without noise: an autoencoder, which has no rate. */
  readonly latents?: string;
}

/** What the decoder's output is. */
export interface DecoderChoice extends File {
  /** Mean pixels, in `range`. */
  readonly mean?: string;
  /** Logits of pixels. */
  readonly logits?: string;
}

/** Options of a row of the model `onnx`. */
export interface ImportedOptions {
  readonly encoder: EncoderChoice;
  readonly decoder: DecoderChoice;
  /** Order of the axes of images; default `"nhwc"`. */
  readonly layout: "nhwc" | "nchw";
  /** What black and white are to the pair; default `[0, 1]`. */
  readonly range: readonly [number, number];
  /** p(x | z); default the protocol's. */
  readonly likelihood?: LikelihoodChoice;
}

const digest = rules.such<string>(
  "64 hexadecimal digits",
  (value) => typeof value === "string" && /^[0-9a-f]{64}$/u.test(value),
);

const name = { rule: rules.text(), default: undefined };

const fileTable = {
  file: { rule: rules.text() },
  sha256: { rule: digest, default: undefined },
  input: name,
};

const encoderTable = {
  ...fileTable,
  mean: name,
  logVar: name,
  deviation: name,
  meanAndLogVar: name,
  latents: name,
};

const decoderTable = { ...fileTable, mean: name, logits: name };

const isRange = (value: unknown): boolean =>
  Array.isArray(value) && value.length === 2 && value.every(Number.isFinite) && value[0] < value[1];

const table = {
  encoder: { rule: rules.options(encoderTable) },
  decoder: { rule: rules.options(decoderTable) },
  layout: { rule: rules.oneOf(["nhwc", "nchw"]), default: "nhwc" },
  range: {
    rule: rules.such<readonly [number, number]>("two numbers, the lower one first", isRange),
    default: [0, 1],
  },
  likelihood: { rule: rules.any<LikelihoodChoice>(), default: undefined },
} satisfies Options;

const fn = "onnx";

/**
 * Reads the options of a row of the model `onnx`.
 *
 * @throws TypeError or RangeError for an option that is unknown or wrong, or outputs that are not said to be what they are
 */
export function readImportedOptions(given: JsonObject): ImportedOptions {
  const read: OptionValues<typeof table> = readOptions(fn, table, given);
  const options = read as unknown as ImportedOptions;
  checkEncoder(options.encoder);
  checkDecoder(options.decoder);
  return options;
}

/** What is said of some outputs. */
const said = (given: Readonly<Record<string, string | undefined>>): string[] =>
  Object.keys(given).filter((key) => given[key] !== undefined);

const encoderWays = [["mean", "logVar"], ["mean", "deviation"], ["meanAndLogVar"], ["latents"]];

function checkEncoder({ mean, logVar, deviation, meanAndLogVar, latents }: EncoderChoice): void {
  const keys = said({ mean, logVar, deviation, meanAndLogVar, latents });
  if (encoderWays.some((way) => way.join() === keys.join())) return;
  throw new RangeError(
    `${fn}: encoder must say which of its outputs is what: { mean, logVar } or { mean, deviation }, meanAndLogVar, or latents (an autoencoder), each the name of an output, got ${keys.length === 0 ? "none of them" : keys.join(" and ")}`,
  );
}

function checkDecoder({ mean, logits }: DecoderChoice): void {
  const keys = said({ mean, logits });
  if (keys.length === 1) return;
  throw new RangeError(
    `${fn}: decoder must say what its output is: mean (pixels) or logits (of pixels), the name of an output, got ${keys.length === 0 ? "neither" : keys.join(" and ")}`,
  );
}

/** Whether a likelihood is one that a decoder of means or logits settles: nothing in it is left to be learned. */
export function assertSettled(kind: string, options: JsonObject = {}): void {
  if (kind === "bernoulli") return;
  if (kind === "gaussian" && typeof options["scale"] === "number" && !options["standardize"])
    return;
  throw new RangeError(
    `${fn}: likelihood must be "bernoulli", or Gaussian with its standard deviation as a number, since nothing of an imported model is trained, got ${describeValue({ kind, ...options })}; say it in the row: "likelihood": { "kind": "gaussian", "scale": 0.1 }`,
  );
}
