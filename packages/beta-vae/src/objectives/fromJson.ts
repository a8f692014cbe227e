import {
  createRegistry,
  scheduleFromJson,
  type JsonObject,
  type Networks,
  type Objective,
} from "@elbo/core";
import { annealedCapacity, type AnnealedCapacityOptions } from "./annealedCapacity.ts";
import { betaTcvae, type BetaTcvaeOptions } from "./betaTcvae.ts";
import { dipVae } from "./dipVae.ts";
import { factorVae, type FactorVaeOptions } from "./factorVae.ts";
import { freeBits, type FreeBitsOptions } from "./freeBits.ts";
import { importanceWeighted, type ImportanceWeightedOptions } from "./importanceWeighted.ts";
import { infoVae, type InfoVaeOptions } from "./infoVae.ts";
import { optimalSigma } from "./optimalSigma.ts";

type Maker = (options: JsonObject, networks: Networks) => Objective;

const makers = createRegistry<Maker>("objective", {
  "annealed-capacity": (options) =>
    annealedCapacity({
      ...(options as unknown as AnnealedCapacityOptions),
      capacity: scheduleFromJson(options["capacity"]),
    }),
  "beta-tcvae": (options) =>
    betaTcvae({ ...(options as BetaTcvaeOptions), beta: scheduleFromJson(options["beta"]) }),
  "dip-vae": (options) => dipVae(options),
  "factor-vae": (options, { discriminator }) =>
    factorVae({
      ...(options as unknown as FactorVaeOptions),
      gamma: scheduleFromJson(options["gamma"]),
      ...(discriminator && { discriminator }),
    }),
  "free-bits": (options) => freeBits(options as unknown as FreeBitsOptions),
  "importance-weighted": (options) =>
    importanceWeighted(options as unknown as ImportanceWeightedOptions),
  "info-vae": (options) => infoVae(options as unknown as InfoVaeOptions),
  "optimal-sigma": () => optimalSigma(),
});

/**
 * Lets {@link objectiveFromJson}, and so `loadBetaVae`, know an objective of one's own.
 *
 * @param make makes the objective of the options that it was saved with, and of the model's networks, among them its own
 * @throws Error for a kind that another maker was registered for
 */
export function registerObjective(kind: string, make: Maker): void {
  makers.register(kind, make);
}

/**
 * The objective that `{ kind, options }` was saved of.
 *
 * @param networks of the saved model, those of the objective among them
 * @throws Error for a kind that is not registered
 */
export function objectiveFromJson(json: unknown, networks: Networks = {}): Objective {
  const { kind, options = {} } = (json ?? {}) as { kind?: unknown; options?: JsonObject };
  return makers.find("objectiveFromJson", kind)(options, networks);
}
