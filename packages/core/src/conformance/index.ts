export { checkLikelihood } from "./checkLikelihood.ts";
export type { LikelihoodCase } from "./checkLikelihood.ts";
export { checkObjective } from "./checkObjective.ts";
export type { ObjectiveCase } from "./checkObjective.ts";
export { checkOptimizer } from "./checkOptimizer.ts";
export type { OptimizerCase } from "./checkOptimizer.ts";
export { checkScheme } from "./checkScheme.ts";
export type { SchemeCase } from "./checkScheme.ts";
export type { SuiteOptions } from "./suite.ts";
