export {
  assertInteger,
  assertKnownOptions,
  assertNumber,
  assertOneOf,
  assertShape,
  describeValue,
} from "./arguments.ts";
export type { ArgumentName, NumberRule } from "./arguments.ts";
export { createVariable } from "./createVariable.ts";
export type { Examples, ExamplesLike, LabelsLike } from "./data/examples.ts";
export {
  bernoulli,
  categorical,
  createLikelihood,
  diagonalGaussian,
  discretizedLogistic,
  gaussian,
  gaussianKl,
  klDivergence,
  reparameterize,
  sumPerExample,
} from "./distributions/index.ts";
export type {
  Bernoulli,
  Categorical,
  DiagonalGaussian,
  DiscretizedLogistic,
  DiscretizedLogisticParameters,
  Distribution,
  GaussianParameters,
  Likelihood,
  LikelihoodOptions,
  Preparation,
} from "./distributions/index.ts";
export type { JsonObject, JsonValue } from "./json.ts";
export { conditionSize, createCondition } from "./model/condition.ts";
export type { Condition, ConditionOptions } from "./model/condition.ts";
export { createModel } from "./model/createModel.ts";
export type { ComputeOptions, ModelDefinition, ModelKind } from "./model/definition.ts";
export { gaussianScheme } from "./model/gaussianScheme.ts";
export type { GaussianPosterior, GaussianSchemeOptions } from "./model/gaussianScheme.ts";
export { assertImage, createImageModel, imageModelKeys } from "./model/imageModel.ts";
export type { ImageModelOptions, VariantDefinition } from "./model/imageModel.ts";
export { LatentModel } from "./model/latentModel.ts";
export type {
  InterpolateOptions,
  LabelOptions,
  LossOptions,
  LossReport,
  SampleOptions,
  TraverseOptions,
} from "./model/methodOptions.ts";
export type {
  Context,
  LatentScheme,
  Prior,
  SchemeInitialization,
  SchemeMetrics,
  TermsContext,
} from "./model/latentScheme.ts";
export { conv, mlp, resnet, variablesOf } from "./networks/index.ts";
export type {
  ConvOptions,
  MlpOptions,
  NetworkOptions,
  Networks,
  NetworkVariable,
  NetworkVariables,
  ResnetOptions,
} from "./networks/index.ts";
export { createNetworks } from "./networks/createNetworks.ts";
export type { NetworkChoice, NetworkKind } from "./networks/createNetworks.ts";
export {
  constant,
  cosine,
  cyclical,
  elbo,
  importanceWeightedBound,
  linear,
  Objective,
  product,
  resolveSchedule,
  scheduleFromJson,
  sequence,
  sum,
} from "./objective/index.ts";
export type {
  CyclicalOptions,
  RampOptions,
  Schedule,
  ScheduleJson,
  SequencePart,
  SequencePartJson,
  Terms,
  Weights,
} from "./objective/index.ts";
export { balanced, mixed, uniform } from "./data/batchPlans.ts";
export type { MixedPart, PlanOptions } from "./data/batchPlans.ts";
export type { BatchOrder, BatchPlan, LastBatch, PlanData } from "./data/batchPlan.ts";
export { adam, adamW, clipByGlobalNorm, sgd } from "./optimizers/index.ts";
export type {
  AdamOptions,
  AdamWOptions,
  ClippedGradients,
  SgdOptions,
} from "./optimizers/index.ts";
export type { Optimizer, UpdateArguments, Updated } from "./step/optimizer.ts";
export { fillNoiseInto, Random } from "./random/index.ts";
export type { NoiseKind, NoiseSpec } from "./random/index.ts";
export { loadModel } from "./saving/loadModel.ts";
export type { LoadOptions } from "./saving/loadModel.ts";
export { version } from "./version.ts";
export type { CompiledFunction, EngineReport, NdArray, TypedArray } from "@elbo/jit";
export { train } from "./training/index.ts";
export type {
  CheckpointOptions,
  EarlyStoppingOptions,
  EpochRecord,
  Figures,
  History,
  ProgressOption,
  ProgressWriter,
  StepRecord,
  StopReason,
  TrainingCallbacks,
  TrainingResult,
  TrainingStatus,
  TrainOptions,
} from "./training/index.ts";
export { evaluate } from "./evaluation/evaluate.ts";
export type { EvaluateOptions, Evaluation } from "./evaluation/evaluate.ts";
export type { Estimate } from "./evaluation/estimate.ts";
