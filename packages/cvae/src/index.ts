export { classCondition } from "./classCondition.ts";
export type { ClassConditionOptions } from "./classCondition.ts";
export { conditionalGaussian } from "./conditionalGaussian.ts";
export { cvae, cvaeKind, cvaeTable, loadCvae } from "./model.ts";
export type { Cvae, CvaeOptions } from "./model.ts";
