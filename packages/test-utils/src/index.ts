export { digest } from "./digest.ts";
export { expectClose } from "./expectClose.ts";
export type { Tolerance } from "./expectClose.ts";
export { runReadmeExample } from "./readmeExample.ts";
export type { ReadmeExampleOptions } from "./readmeExample.ts";
export { marginalEntropy } from "./marginalEntropy.ts";
export type { ByteImages } from "./marginalEntropy.ts";
export { chromiumArguments, findChromium } from "./chromium.ts";
export { missingWebgpu, runOnWebgpu } from "./webgpu.ts";
