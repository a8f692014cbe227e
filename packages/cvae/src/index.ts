export type { AttributesColumnOptions } from "./attributesColumn.ts";
export type { ClassColumnOptions } from "./classColumn.ts";
export { classify } from "./classify.ts";
export type { Classification } from "./classify.ts";
export { conditionalGaussian } from "./conditionalGaussian.ts";
export { conditionRecord } from "./conditionRecord.ts";
export type {
  ConditionColumnOptions,
  ConditionColumns,
  ConditionRecordOptions,
} from "./conditionRecord.ts";
export type { Drop, DropRate } from "./drop.ts";
export { labelledPlan } from "./labelledPlan.ts";
export type { LabelledPlanOptions } from "./labelledPlan.ts";
export { cvae, cvaeKind, cvaeTable, loadCvae } from "./model.ts";
export type { Cvae, CvaeOptions } from "./model.ts";
export type { RealColumnOptions } from "./realColumn.ts";
export {
  loadSemiSupervised,
  semiSupervised,
  semiSupervisedKind,
  semiSupervisedTable,
} from "./semiSupervised.ts";
export type { BatchRows, SemiSupervised, SemiSupervisedOptions } from "./semiSupervised.ts";
