export {
  autoencoder,
  autoencoderKind,
  autoencoderTable,
  betaVae,
  betaVaeKind,
  betaVaeTable,
  loadAutoencoder,
  loadBetaVae,
} from "./model.ts";
export type { Autoencoder, AutoencoderOptions, BetaVae, BetaVaeOptions } from "./model.ts";
export { loadQlae, qlae, qlaeKind, qlaeTable } from "./qlae.ts";
export type { Qlae, QlaeOptions } from "./qlae.ts";
export { latentQuantization } from "./latents/latentQuantization.ts";
export type {
  LatentQuantizationOptions,
  QuantizedDimensions,
} from "./latents/latentQuantization.ts";
export { hintonCells } from "./looking/hinton.ts";
export type { HintonOptions } from "./looking/hinton.ts";
export { latentTraversal, traversalFrames } from "./looking/traversal.ts";
export type { Traversal, TraversalOptions } from "./looking/traversal.ts";
export { mutualInformationGapChen } from "./measures/chenGap.ts";
export type { ChenGapOptions, GaussianRepresentation } from "./measures/chenGap.ts";
export { dci, dciOfImportances } from "./measures/dci.ts";
export type { Dci } from "./measures/dci.ts";
export { decompose, decomposition } from "./measures/decomposition.ts";
export type { Decomposition, DecompositionOptions } from "./measures/decomposition.ts";
export { disentanglement } from "./measures/disentanglement.ts";
export type { Disentanglement, DisentanglementOptions } from "./measures/disentanglement.ts";
export { explicitness } from "./measures/explicitness.ts";
export { betaVaeScore, factorVaeScore } from "./measures/fixedFactor.ts";
export type { FixedFactorOptions } from "./measures/fixedFactor.ts";
export { attributePredictability, mutualInformationGap } from "./measures/gap.ts";
export type { SapOptions } from "./measures/gap.ts";
export { infoMec } from "./measures/infoMec.ts";
export type { InfoMec } from "./measures/infoMec.ts";
export { modularity } from "./measures/modularity.ts";
export type { CodeFactorTable } from "./measures/mutualInformation.ts";
export { unsupervisedDisentanglementRanking } from "./measures/rankSimilarity.ts";
export type { RankedModel } from "./measures/rankSimilarity.ts";
export type { BinsOptions, Representation, SeedOptions } from "./measures/representation.ts";
export { interventionalRobustness } from "./measures/robustness.ts";
export type { RobustnessOptions } from "./measures/robustness.ts";
export { unsupervisedScores } from "./measures/unsupervised.ts";
export type { UnsupervisedScores } from "./measures/unsupervised.ts";
export { annealedCapacity } from "./objectives/annealedCapacity.ts";
export type { AnnealedCapacityOptions } from "./objectives/annealedCapacity.ts";
export { betaTcvae, stratifiedWeights } from "./objectives/betaTcvae.ts";
export type { BetaTcvaeOptions } from "./objectives/betaTcvae.ts";
export { dipVae } from "./objectives/dipVae.ts";
export type { DipVaeOptions } from "./objectives/dipVae.ts";
export { factorVae } from "./objectives/factorVae.ts";
export type { FactorVaeOptions } from "./objectives/factorVae.ts";
export { freeBits } from "./objectives/freeBits.ts";
export type { FreeBitsOptions } from "./objectives/freeBits.ts";
export { objectiveFromJson, registerObjective } from "./objectives/fromJson.ts";
export { importanceWeighted } from "./objectives/importanceWeighted.ts";
export type { ImportanceWeightedOptions } from "./objectives/importanceWeighted.ts";
export { infoVae, maximumMeanDiscrepancy } from "./objectives/infoVae.ts";
export type { InfoVaeOptions } from "./objectives/infoVae.ts";
export { optimalSigma } from "./objectives/optimalSigma.ts";
export { loadTableVae, tableVae, tableVaeKind, tableVaeTable } from "./tableVae.ts";
export type { TableVae, TableVaeOptions } from "./tableVae.ts";
export {
  loadSequenceVae,
  sequenceVae,
  sequenceVaeKind,
  sequenceVaeTable,
} from "./sequences/sequenceVae.ts";
export type { SequenceVae, SequenceVaeOptions } from "./sequences/sequenceVae.ts";
export type {
  ConvDecoderOptions,
  GruDecoderOptions,
  SequenceDecoder,
} from "./sequences/decoder.ts";
export { beamSearch } from "./sequences/beamSearch.ts";
export type { Beams, BeamSearchOptions } from "./sequences/beamSearch.ts";
export { sampleSequences } from "./sequences/sampleSequences.ts";
export type { SampleSequencesOptions } from "./sequences/sampleSequences.ts";
export { tokenizer, vocabularyOf } from "./sequences/tokenizer.ts";
export type { Tokenizer } from "./sequences/tokenizer.ts";
export type { Apply, Cell, Stepped } from "./sequences/cell.ts";
