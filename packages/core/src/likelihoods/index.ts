export { bernoulliLikelihood } from "./bernoulli.ts";
export type { BernoulliLikelihoodOptions } from "./bernoulli.ts";
export { categoricalLikelihood } from "./categorical.ts";
export type { CategoricalLikelihoodOptions } from "./categorical.ts";
export { countLikelihood } from "./count.ts";
export { discretizedLogisticLikelihood } from "./discretizedLogistic.ts";
export type { DiscretizedLogisticLikelihoodOptions } from "./discretizedLogistic.ts";
export { gaussianLikelihood } from "./gaussian.ts";
export type { GaussianLikelihoodOptions } from "./gaussian.ts";
export { logLikelihoodOf } from "./likelihood.ts";
export type {
  ColumnReader,
  ColumnValues,
  ExampleSpec,
  Likelihood,
  RowPlace,
} from "./likelihood.ts";
export { indicesReader, numbersReader } from "./readers.ts";
export type { IndicesRule, NumbersRule } from "./readers.ts";
export { createLikelihood, likelihoodJson, registerLikelihood } from "./createLikelihood.ts";
export type { LikelihoodChoice, LikelihoodMaker } from "./createLikelihood.ts";
export { ordinalLikelihood } from "./ordinal.ts";
export type { OrdinalLikelihoodOptions } from "./ordinal.ts";
export { assertColumns, tableExample } from "./tableColumns.ts";
export type { TableColumn, TableOptions } from "./tableColumns.ts";
export { withMissing } from "./withMissing.ts";
