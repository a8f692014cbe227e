export type { AttributesColumnOptions } from "./attributesColumn.ts";
export type { ClassColumnOptions } from "./classColumn.ts";
export { classify } from "./classify.ts";
export type { Classification } from "./classify.ts";
export { classifyByBound } from "./classifyByBound.ts";
export type { ClassifyByBoundOptions } from "./classifyByBound.ts";
export { complete } from "./complete.ts";
export type { CompleteOptions } from "./complete.ts";
export {
  completionBaseline,
  completionBaselineKind,
  completionBaselineTable,
  completionVae,
  completionVaeKind,
  completionVaeTable,
  loadCompletionVae,
} from "./completion.ts";
export type {
  CompletionBaseline,
  CompletionBaselineOptions,
  CompletionVae,
  CompletionVaeOptions,
} from "./completion.ts";
export { conditionalGaussian } from "./conditionalGaussian.ts";
export { conditionRecord } from "./conditionRecord.ts";
export type {
  ConditionColumnOptions,
  ConditionColumns,
  ConditionRecordOptions,
} from "./conditionRecord.ts";
export type { Drop, DropRate } from "./drop.ts";
export { labelLeakage } from "./labelLeakage.ts";
export type { LabelLeakage, LabelLeakageOptions } from "./labelLeakage.ts";
export { labelledPlan } from "./labelledPlan.ts";
export type { LabelledPlanOptions } from "./labelledPlan.ts";
export type { MaskLike, MaskName } from "./masks.ts";
export { cvae, cvaeKind, cvaeTable, loadCvae } from "./model.ts";
export type { Cvae, CvaeOptions } from "./model.ts";
export { priorByClass } from "./priorByClass.ts";
export type { PriorByClassOptions } from "./priorByClass.ts";
export type { RealColumnOptions } from "./realColumn.ts";
export {
  loadSemiSupervised,
  semiSupervised,
  semiSupervisedKind,
  semiSupervisedTable,
} from "./semiSupervised.ts";
export type { BatchRows, SemiSupervised, SemiSupervisedOptions } from "./semiSupervised.ts";
export { loadStacked, stacked } from "./stacked.ts";
export type { Stacked, StackedModels } from "./stacked.ts";
