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
