export { fillNoiseInto } from "./noise.ts";
export type { NoiseKind, NoiseSpec } from "./noise.ts";
export { Random } from "./random.ts";
