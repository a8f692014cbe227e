export { perplexity, usage } from "./codebook.ts";
export { loadVqVae, vqVae, vqVaeKind } from "./model.ts";
export type { VqVaeOptions } from "./model.ts";
export { vectorQuantizedScheme } from "./vectorQuantizedScheme.ts";
export type { QuantizedPosterior, VectorQuantizedSchemeOptions } from "./vectorQuantizedScheme.ts";
export { codebookLoss, commitmentLoss, nearestCode, straightThrough } from "./vectorQuantizer.ts";
export type { CodebookLossInput } from "./vectorQuantizer.ts";
