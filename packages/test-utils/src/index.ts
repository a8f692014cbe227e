export { expectClose } from "./expectClose.ts";
export type { Tolerance } from "./expectClose.ts";
