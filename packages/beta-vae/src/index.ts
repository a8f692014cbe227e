export { deterministicScheme } from "./deterministicScheme.ts";
export type { DeterministicPosterior } from "./deterministicScheme.ts";
export {
  autoencoder,
  autoencoderKind,
  betaVae,
  betaVaeKind,
  loadAutoencoder,
  loadBetaVae,
} from "./model.ts";
export type { AutoencoderOptions, BetaVaeOptions } from "./model.ts";
