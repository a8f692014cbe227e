export { fillNoiseInto } from "./noise.ts";
export type { NoiseKind } from "./noise.ts";
export { Random } from "./random.ts";
