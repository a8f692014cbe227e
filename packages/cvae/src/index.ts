export type { AttributesColumnOptions } from "./attributesColumn.ts";
export type { ClassColumnOptions } from "./classColumn.ts";
export { conditionalGaussian } from "./conditionalGaussian.ts";
export { conditionRecord } from "./conditionRecord.ts";
export type {
  ConditionColumnOptions,
  ConditionColumns,
  ConditionRecordOptions,
} from "./conditionRecord.ts";
export type { Drop, DropRate } from "./drop.ts";
export { cvae, cvaeKind, cvaeTable, loadCvae } from "./model.ts";
export type { Cvae, CvaeOptions } from "./model.ts";
export type { RealColumnOptions } from "./realColumn.ts";
