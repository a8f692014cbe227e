export { expectClose } from "./expectClose.ts";
export type { Tolerance } from "./expectClose.ts";
export { runReadmeExample } from "./readmeExample.ts";
export type { ReadmeExampleOptions } from "./readmeExample.ts";
