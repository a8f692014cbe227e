export { cvae, cvaeKind, loadCvae } from "./model.ts";
export type { CvaeOptions } from "./model.ts";
