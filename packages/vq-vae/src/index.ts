export { perplexity, usage } from "./codebook.ts";
export { loadVqVae, vqVae, vqVaeKind } from "./model.ts";
export type { VqVae, VqVaeOptions } from "./model.ts";
export { codebookLoss, commitmentLoss, nearestCode } from "./nearestCode.ts";
export type { CodebookLossInput } from "./nearestCode.ts";
export { quantized } from "./quantizedLatents.ts";
export type { QuantizedOptions, QuantizedPosterior } from "./quantizedLatents.ts";
export { vectorQuantizer } from "./vectorQuantizer.ts";
export type { VectorQuantizerOptions } from "./vectorQuantizer.ts";
