import {
  assertUsable,
  compressCodes,
  decompressCodes,
  describeValue,
  HierarchicalPrior,
  LearnedCodePrior,
  type CodingPrior,
  type DecompressedCodes,
  type ExamplesLike,
  type LabelsLike,
  type LatentModel,
  type NdArray,
} from "@elbo/core";

/** Options of {@link compress} and {@link decompress}. */
export interface CompressOptions {
  /** What codes are coded under; default the one that the model holds. */
  readonly prior?: CodingPrior;
  /** Threads inside one step; the bytes do not depend on it. Default `"auto"`. */
  readonly threads?: number | "auto";
}

type Codes = NdArray | Readonly<Record<string, NdArray>>;

/**
 * Images as bytes: their codes under the prior, `-log2 p(codes)` bits each image, a head of 56 bytes and 7 more. What is lost
 * is what the VQ-VAE loses; codes are kept to the last one. Labels of a prior of several classes are kept too. The encoder
 * and the prior compute on engine `portable`: the same images give the same bytes on every machine.
 *
 * @param images `[n, ...image]`, with `labels` for a prior of several classes
 * @throws TypeError without a prior that can be coded with; TypeError or RangeError for images that do not fit
 */
export async function compress<C extends Codes>(
  model: LatentModel<C, string>,
  images: ExamplesLike & { readonly labels?: LabelsLike },
  options: CompressOptions = {},
): Promise<Uint8Array> {
  const { prior, rest } = priorOf("compress", model, options);
  const codes = await model.encode(images, { engine: "portable" });
  const { labels } = images as { readonly labels?: LabelsLike };
  const isArray = "data" in codes && "shape" in codes;
  const told = labels === undefined ? {} : { labels };
  const given = isArray ? { codes, ...told } : { ...codes, ...told };
  return compressCodes(prior, given, { model, ...rest });
}

/**
 * The images that the codes of {@link compress} stand for: equal to `reconstruct` of what was compressed.
 *
 * @throws Error for data that are damaged, or that another model, prior or arithmetic wrote
 */
export async function decompress<C extends Codes>(
  model: LatentModel<C, string>,
  bytes: Uint8Array,
  options: CompressOptions = {},
): Promise<NdArray<Float32Array>> {
  const { codes } = await decompressToCodes(model, bytes, options);
  return model.decode(codes);
}

/**
 * The codes that {@link compress} kept, and labels where there are any.
 *
 * @throws Error for data that are damaged, or that another model, prior or arithmetic wrote
 */
export async function decompressToCodes<C extends Codes>(
  model: LatentModel<C, string>,
  bytes: Uint8Array,
  options: CompressOptions = {},
): Promise<DecompressedCodes> {
  const { prior, rest } = priorOf("decompress", model, options);
  return decompressCodes(prior, bytes, { model, ...rest });
}

function priorOf(
  fn: string,
  model: Pick<LatentModel, "networks" | "isDisposed"> & { readonly prior?: unknown },
  { prior: given, ...rest }: CompressOptions,
): { readonly prior: CodingPrior; readonly rest: Omit<CompressOptions, "prior"> } {
  assertUsable(fn, model);
  const prior: unknown = given ?? model.prior;
  if (prior instanceof LearnedCodePrior || prior instanceof HierarchicalPrior)
    return { prior, rest };
  throw new TypeError(
    `${fn}: prior must be one over codes, such as pixelCnn(...), given here or as model.prior, got ${describeValue(prior)}`,
  );
}
