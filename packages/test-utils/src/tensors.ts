/** @file What tests of tensors share, apart from the rest so that other tests do not load TF.js. */
export { expectGradient } from "./expectGradient.ts";
export type { GradientCase } from "./expectGradient.ts";
export { normals, uniformImages } from "./seeded.ts";
