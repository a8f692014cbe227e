export {
  assertInteger,
  assertKnownOptions,
  assertNumber,
  assertOneOf,
  assertShape,
  describeOptions,
  describeValue,
  readOptions,
  rules,
} from "@elbo/common";
export type {
  ArgumentName,
  NumberRule,
  Option,
  OptionDescription,
  Options,
  OptionTable,
  OptionValues,
  Rule,
} from "@elbo/common";
export type { JsonObject, JsonValue } from "./json.ts";
export { createRegistry } from "./step/registry.ts";
export type { Registry } from "./step/registry.ts";
export { version } from "./version.ts";
export { quietTensorflow } from "@elbo/jit";
export type { CompiledFunction, EngineReport, NdArray, TypedArray } from "@elbo/jit";

export { fillNoiseInto, Random } from "./random/index.ts";
export type { ColumnSpec, ColumnSpecs, Columns } from "./step/columns.ts";
export type { ComputeOptions } from "./step/compute.ts";
export { computeOf, computeOptions } from "./step/computeOptions.ts";
export { scopeContext } from "./step/context.ts";
export type { StepContext } from "./step/context.ts";
export { createVariable } from "./step/createVariable.ts";
export type { NoiseKind, NoiseSpec, NoiseSpecs } from "./step/noise.ts";
export type { Optimizer, Updated, UpdateArguments } from "./step/optimizer.ts";
export type { NamedVariables, Networks, Part, Schedules } from "./step/part.ts";
export type { ColumnBuffers, FillOptions, Rows } from "./step/rows.ts";
export { isOfBatch } from "./step/terms.ts";
export type { Term, Terms } from "./step/terms.ts";
export type { Initialization, Phase, Trainable } from "./step/trainable.ts";

export {
  bernoulli,
  categorical,
  discretizedLogistic,
  gaussian,
  gaussianKl,
  hasClosedForm,
  klDivergence,
  laplace,
  logistic,
  registerKlDivergence,
  standardOf,
  stopGradient,
  sumPerExample,
} from "./distributions/index.ts";
export type {
  Bernoulli,
  Categorical,
  DiscretizedLogistic,
  DiscretizedLogisticParameters,
  Distribution,
  Family,
  Gaussian,
  GaussianParameters,
  Laplace,
  LaplaceParameters,
  Logistic,
  Parameter,
} from "./distributions/index.ts";
export {
  constant,
  cosine,
  createSchedule,
  cyclical,
  importanceWeightedBound,
  linear,
  product,
  registerSchedule,
  resolveSchedule,
  scheduleFromJson,
  scheduleRule,
  sequence,
  sum,
} from "./objective/index.ts";
export type {
  CyclicalOptions,
  RampOptions,
  Schedule,
  ScheduleDefinition,
  ScheduleJson,
  SequencePart,
} from "./objective/index.ts";
export {
  bernoulliLikelihood,
  categoricalLikelihood,
  countLikelihood,
  createLikelihood,
  discretizedLogisticLikelihood,
  gaussianLikelihood,
  indicesReader,
  likelihoodJson,
  numbersReader,
  ordinalLikelihood,
  registerLikelihood,
  tableExample,
  withMissing,
} from "./likelihoods/index.ts";
export type {
  BernoulliLikelihoodOptions,
  CategoricalLikelihoodOptions,
  ColumnReader,
  ColumnValues,
  DiscretizedLogisticLikelihoodOptions,
  ExampleSpec,
  GaussianLikelihoodOptions,
  IndicesRule,
  Likelihood,
  LikelihoodChoice,
  LikelihoodMaker,
  NumbersRule,
  OrdinalLikelihoodOptions,
  RowPlace,
  TableColumn,
  TableOptions,
} from "./likelihoods/index.ts";
export { deterministic } from "./latents/deterministic.ts";
export type { Point } from "./latents/deterministic.ts";
export type { CodeSpec, Latents } from "./latents/latents.ts";
export type { Compared, Quantized, Quantizer } from "./latents/quantizer.ts";
export { reparameterized } from "./latents/reparameterized.ts";
export type { LatentPrior, ReparameterizedOptions } from "./latents/reparameterized.ts";
export { flowPrior } from "./latents/flowPrior.ts";
export { createPrior, readPriorChoice } from "./latents/createPrior.ts";
export type { PriorChoice, PriorShapes } from "./latents/createPrior.ts";
export { vampPrior } from "./latents/vampPrior.ts";
export type { VampPriorOptions } from "./latents/vampPrior.ts";
export type { FlowSizes } from "./distributions/flow.ts";
export { straightThrough } from "./latents/straightThrough.ts";
export { withDefaults } from "./latents/withDefaults.ts";
export type { LatentsDefinition } from "./latents/withDefaults.ts";
export {
  conv,
  createEncoder,
  createNetworks,
  injectionRule,
  mlp,
  resnet,
  variablesOf,
} from "./networks/index.ts";
export type {
  ConvOptions,
  EncoderShapes,
  Initializer,
  Injection,
  InjectionChoice,
  MlpOptions,
  NetworkChoice,
  NetworkMaker,
  NetworkOptions,
  NetworkShapes,
  NetworkVariables,
  ResnetOptions,
} from "./networks/index.ts";
export { createCodePrior, LearnedCodePrior } from "./codePrior/codePrior.ts";
export type { CodePriorDefinition } from "./codePrior/codePrior.ts";
export { HierarchicalPrior, hierarchy } from "./codePrior/hierarchicalPrior.ts";
export type { PriorsByLevel } from "./codePrior/hierarchicalPrior.ts";
export type {
  AnyPrior,
  CallProgram,
  CodePass,
  CodePrior,
  CodesByLevel,
  GivenSpec,
  GivenSpecs,
  Prior,
  PriorSampleOptions,
  StepProgram,
  Stepwise,
  Walk,
  WalkStart,
} from "./priors/prior.ts";
export { fillCodes } from "./priors/fillCodes.ts";
export type { FillCodesOptions, IncompleteCodes, LevelPriors } from "./priors/fillCodes.ts";
export { sampleCodes } from "./priors/sampleCodes.ts";
export type { SampleGiven } from "./priors/sampleCodes.ts";
export { walkCodes } from "./priors/walkCodes.ts";
export type { WalkRequest } from "./priors/walkCodes.ts";
export { balanced, mixed, uniform } from "./data/batchPlans.ts";
export { toLabels } from "./data/examples.ts";
export { takeRows } from "./ndArray.ts";
export { tableRows } from "./data/tableRows.ts";
export type { TableCells, TableRow } from "./data/tableRows.ts";
export type {
  ArrayLikeData,
  ExampleColumns,
  Examples,
  ExamplesLike,
  LabelsLike,
  LabelsRule,
  StoredExamples,
} from "./data/examples.ts";
export type { StoredArray } from "./data/storedArray.ts";
export type { Condition } from "./model/condition.ts";
export type { ModelDefinition } from "./model/definition.ts";
export { elbo } from "./model/elbo.ts";
export type { LatentVariableModel } from "./model/latentVariableModel.ts";
export type { Objective } from "./model/objective.ts";
export type { ApplyOptions, Level, Operations, Pass } from "./model/operations.ts";
export { readCall } from "./operations/call.ts";
export type { Call, CallOptions, ConditionOptions, NdArrays } from "./operations/call.ts";
export type { CodesLike, DecodeOptions } from "./operations/decode.ts";
export type { Guidance, GuidanceSpace } from "./operations/guidance.ts";
export type { LossOptions, LossReport } from "./operations/loss.ts";
export { callProgram } from "./operations/callProgram.ts";
export type { ProgramCall } from "./operations/callProgram.ts";
export { mapExamples } from "./operations/mapExamples.ts";
export type { ExampleMap, MapExamplesOptions } from "./operations/mapExamples.ts";
export type { ImputeOptions } from "./operations/impute.ts";
export type { InterpolateOptions, TraverseOptions } from "./operations/paths.ts";
export type { PosteriorOptions } from "./operations/posterior.ts";
export type { SampleOptions } from "./operations/sample.ts";
export type { ExampleScores, ScoreOptions } from "./operations/score.ts";
export { createModel } from "./latentModel/createModel.ts";
export { assertImage, imageModelJson, imageModelOptions } from "./latentModel/imageModel.ts";
export type { ImageModelOptions } from "./latentModel/imageModel.ts";
export { LatentModel } from "./latentModel/latentModel.ts";
export type { PosteriorOf, ScoresOf, WriteWeightsOptions } from "./latentModel/latentModel.ts";
export { decodePytorch } from "./files/pytorch/decodePytorch.ts";
export { decodeSafetensors, encodeSafetensors } from "./files/safetensors.ts";
export type { StoredTensor } from "./files/elementTypes.ts";
export type { SafetensorsContent } from "./files/safetensors.ts";

export { adam, adamW, clipByGlobalNorm, sgd } from "./optimizers/index.ts";
export type {
  AdamOptions,
  AdamWOptions,
  ClippedGradients,
  SgdOptions,
} from "./optimizers/index.ts";
export { estimateMemory, train, trainTable } from "./training/index.ts";
export type {
  CheckpointOptions,
  EarlyStoppingOptions,
  EpochRecord,
  EstimateMemoryOptions,
  Figures,
  History,
  MemoryEstimate,
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
export type { BoundFigure, Evaluable, EvaluateOptions, Evaluation } from "./evaluation/evaluate.ts";
export { activeUnits, estimateOf } from "./evaluation/estimate.ts";
export { onnxFeatures } from "./evaluation/onnxFeatures.ts";
export type {
  OnnxFeatures,
  OnnxFeaturesOptions,
  OnnxRuntimeLike,
  OnnxSessionLike,
} from "./evaluation/onnxFeatures.ts";
export type { Estimate } from "./evaluation/estimate.ts";
export { accuracy } from "./evaluation/accuracy.ts";
export type { NumbersLike } from "./evaluation/arrays.ts";
export { expectedCalibrationError, temperatureScaling } from "./evaluation/calibration.ts";
export type { CalibrationErrorOptions } from "./evaluation/calibration.ts";
export { frechetDistance } from "./evaluation/frechetDistance.ts";
export { logisticRegression } from "./evaluation/logisticRegression.ts";
export type {
  LabelledFeatures,
  LogisticRegression,
  LogisticRegressionOptions,
} from "./evaluation/logisticRegression.ts";
export { posteriorCollapse } from "./evaluation/posteriorCollapse.ts";
export type {
  PosteriorCollapse,
  PosteriorCollapseOptions,
} from "./evaluation/posteriorCollapse.ts";
export { pairedDifference } from "./evaluation/pairedDifference.ts";
export type { PairedDifference } from "./evaluation/pairedDifference.ts";
export { precisionRecall } from "./evaluation/precisionRecall.ts";
export type { PrecisionRecall, PrecisionRecallOptions } from "./evaluation/precisionRecall.ts";
export { linearProbe, linearRegressionProbe, nearestNeighbourProbe } from "./evaluation/probes.ts";
export type {
  LinearProbeOptions,
  LinearRegressionProbeOptions,
  NearestNeighbourProbeOptions,
  ProbeData,
  TargetedFeatures,
} from "./evaluation/probes.ts";
export { psnr } from "./evaluation/psnr.ts";
export type { PeakOptions } from "./evaluation/images.ts";
export { auroc, averagePrecision } from "./evaluation/ranking.ts";
export type {
  AveragePrecisionOptions,
  IntervalEstimate,
  PositivesLike,
} from "./evaluation/ranking.ts";
export { ssim } from "./evaluation/ssim.ts";
export { logSumExp } from "./numeric/logSumExp.ts";
export { normalQuantile } from "./numeric/normalQuantile.ts";
export { quantileOf } from "./numeric/quantile.ts";
export { symmetricEigen } from "./numeric/symmetricEigen.ts";
export type { Eigen } from "./numeric/symmetricEigen.ts";
export { loadSampler } from "./samplers/savedSampler.ts";
export type { Sampler } from "./samplers/savedSampler.ts";
export { aggregatedPosterior } from "./samplers/aggregatedPosterior.ts";
export { augment } from "./samplers/augment.ts";
export type { Augmented, AugmentOptions, LabelledExamples } from "./samplers/augment.ts";
export { gaussianMixture } from "./samplers/gaussianMixture.ts";
export type { GaussianMixture, GaussianMixtureOptions } from "./samplers/gaussianMixture.ts";
export { normalizingFlow } from "./samplers/normalizingFlow.ts";
export type {
  FlowPass,
  NormalizingFlow,
  NormalizingFlowOptions,
} from "./samplers/normalizingFlow.ts";
export { standardNormal } from "./samplers/standardNormal.ts";
export { anomalyDetector } from "./anomaly/anomalyDetector.ts";
export type {
  AnomalyDetector,
  AnomalyDetectorOptions,
  AnomalyScore,
  Detection,
} from "./anomaly/anomalyDetector.ts";
export { errorMap } from "./anomaly/errorMap.ts";
export { embed } from "./representation/embed.ts";
export type { EmbedOptions } from "./representation/embed.ts";
export {
  latentDirection,
  moveAlong,
  nearestNeighbours,
} from "./representation/latentArithmetic.ts";
export type { MoveOptions, Neighbours } from "./representation/latentArithmetic.ts";
export { manifold } from "./representation/manifold.ts";
export type { ManifoldOptions } from "./representation/manifold.ts";
export { principalComponents } from "./representation/principalComponents.ts";
export type { PrincipalComponents } from "./representation/principalComponents.ts";
export { classifier, classifierKind, loadClassifier } from "./classifier/classifier.ts";
export type {
  Classifier,
  ClassifierInput,
  ClassifierOptions,
  ClassifierPass,
} from "./classifier/classifier.ts";
export type { ClassifierConv, ClassifierMlp, ClassifierNetwork } from "./classifier/networks.ts";
export { compressCodes, decompressCodes } from "./coding/compressCodes.ts";
export type { CodingOptions, DecompressedCodes, Digestible } from "./coding/compressCodes.ts";
export type { CodingPrior } from "./coding/codeParts.ts";
export { compressLossless, decompressLossless } from "./coding/compressLossless.ts";
export type { LosslessOptions } from "./coding/compressLossless.ts";
export { bitsPerDimension } from "./evaluation/bitsPerDimension.ts";
export { codeBits } from "./evaluation/codeBits.ts";
export type { CodeBits, CodeBitsOptions } from "./evaluation/codeBits.ts";
export { ledger } from "./evaluation/ledger.ts";
export { tableFidelity } from "./evaluation/tableFidelity.ts";
export type { TableFidelity } from "./evaluation/tableFidelity.ts";
export type { LedgerOptions } from "./evaluation/ledger.ts";
export type { Ledger, LedgerBeta, LedgerTerm } from "./evaluation/ledgerText.ts";
export type { LibraryLoss } from "./evaluation/conventions.ts";
export { diagnose } from "./diagnosis/diagnose.ts";
export type { DiagnoseOptions, Diagnosis, Finding } from "./diagnosis/diagnose.ts";
export type { ExaminedRun, Sign, Symptom, SymptomFigures } from "./diagnosis/symptom.ts";
export { registerSymptom } from "./diagnosis/symptoms.ts";
export { assertUsable } from "./runner/assertUsable.ts";
export { decoderPlan } from "./saving/decoderPlan.ts";
export type { DecoderPlanOptions } from "./saving/decoderPlan.ts";
export { loadModel } from "./saving/loadModel.ts";
export type { LoadOptions } from "./saving/loadModel.ts";
export { registerModel } from "./saving/modelKind.ts";
export type { ModelKind, SavableModel } from "./saving/modelKind.ts";
