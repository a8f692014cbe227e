export { adam, adamW } from "./adam.ts";
export type { AdamOptions, AdamWOptions } from "./adam.ts";
export { clipByGlobalNorm } from "./clipByGlobalNorm.ts";
export type { ClippedGradients } from "./clipByGlobalNorm.ts";
export { sgd } from "./sgd.ts";
export type { SgdOptions } from "./sgd.ts";
