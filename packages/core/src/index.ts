export { createModel } from "./model/createModel.ts";
export { gaussianScheme } from "./model/gaussianScheme.ts";
export type { GaussianPosterior, GaussianSchemeOptions } from "./model/gaussianScheme.ts";
export { LatentModel } from "./model/latentModel.ts";
export type {
  InterpolateOptions,
  LabelOptions,
  LossOptions,
  LossReport,
  SampleOptions,
  TraverseOptions,
} from "./model/latentModel.ts";
export { conditionSize, createCondition } from "./model/condition.ts";
export type { Condition, ConditionOptions } from "./model/condition.ts";
export type { ComputeOptions, ModelDefinition, ModelKind } from "./model/definition.ts";
export type {
  Context,
  LatentScheme,
  Prior,
  SchemeInitialization,
  SchemeMetrics,
  TermsContext,
} from "./model/latentScheme.ts";
export type { Examples, ExamplesLike, LabelsLike } from "./data/examples.ts";
export { loadModel } from "./saving/loadModel.ts";
export type { LoadOptions } from "./saving/loadModel.ts";
export {
  assertInteger,
  assertKnownOptions,
  assertNumber,
  assertOneOf,
  assertShape,
  describeValue,
} from "./arguments.ts";
export type { ArgumentName, NumberRule } from "./arguments.ts";
export type { JsonObject, JsonValue } from "./json.ts";
export type { CompiledFunction, NdArray } from "@elbo/jit";
