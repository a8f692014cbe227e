export { loadVqVae, vqVae, vqVaeKind } from "./model.ts";
export type { VqVae, VqVaeOptions } from "./model.ts";
export { hierarchicalVqVae, hierarchicalVqVaeKind, loadHierarchicalVqVae } from "./hierarchy.ts";
export type { HierarchicalVqVae, HierarchicalVqVaeOptions } from "./hierarchy.ts";
export { deadCodes, perplexity, perplexityCeiling, usage } from "./measures/codeUse.ts";
export { quantized } from "./quantizedLatents.ts";
export type { QuantizedOptions } from "./quantizedLatents.ts";
export type { QuantizedPosterior } from "./quantizedPosterior.ts";
export { binary } from "./quantizers/binary.ts";
export type { BinaryOptions } from "./quantizers/binary.ts";
export { createQuantizer, registerQuantizer } from "./quantizers/createQuantizer.ts";
export { quantizerJson } from "./quantizers/quantizerJson.ts";
export type {
  QuantizerChoice,
  QuantizerDefaults,
  QuantizerMaker,
} from "./quantizers/createQuantizer.ts";
export { finiteScalar } from "./quantizers/finiteScalar.ts";
export type { FiniteScalarOptions } from "./quantizers/finiteScalar.ts";
export { gumbelSoftmax } from "./quantizers/gumbelSoftmax.ts";
export type { GumbelSoftmaxOptions } from "./quantizers/gumbelSoftmax.ts";
export { codebookLoss, commitmentLoss } from "./quantizers/losses.ts";
export type { CodebookLossInput } from "./quantizers/losses.ts";
export { nearestCode } from "./quantizers/nearestCode.ts";
export { product } from "./quantizers/product.ts";
export { projected } from "./quantizers/projected.ts";
export type { ProjectedOptions } from "./quantizers/projected.ts";
export { residual } from "./quantizers/residual.ts";
export type { ResidualOptions } from "./quantizers/residual.ts";
export { rotatedOnto } from "./quantizers/rotation.ts";
export { simVq } from "./quantizers/simVq.ts";
export type { SimVqOptions } from "./quantizers/simVq.ts";
export { vectorQuantizer } from "./quantizers/vectorQuantizer.ts";
export type { VectorQuantizerOptions } from "./quantizers/vectorQuantizer.ts";
export { pixelCnn } from "./priors/pixelCnn.ts";
export type { PixelCnnOptions } from "./priors/pixelCnn.ts";
export { transformer } from "./priors/transformer.ts";
export type { TransformerOptions } from "./priors/transformer.ts";
export { unigram } from "./priors/unigram.ts";
export type { Unigram, UnigramOptions } from "./priors/unigram.ts";
export { compress, decompress, decompressToCodes } from "./compress/compress.ts";
export type { CompressOptions } from "./compress/compress.ts";
export { codePrior } from "./priors/codePrior.ts";
export type { CodePriorOptions } from "./priors/codePrior.ts";
