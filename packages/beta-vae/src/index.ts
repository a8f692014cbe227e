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
export { mutualInformationGapChen } from "./measures/chenGap.ts";
export type { GaussianRepresentation } from "./measures/chenGap.ts";
export { dci, dciOfImportances } from "./measures/dci.ts";
export type { Dci } from "./measures/dci.ts";
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
export type { Representation } from "./measures/representation.ts";
export { interventionalRobustness } from "./measures/robustness.ts";
export { unsupervisedScores } from "./measures/unsupervised.ts";
export type { UnsupervisedScores } from "./measures/unsupervised.ts";
