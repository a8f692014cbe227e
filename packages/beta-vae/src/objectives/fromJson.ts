import { describeValue, scheduleFromJson, type JsonObject, type Objective } from "@elbo/core";
import { annealedCapacity, type AnnealedCapacityOptions } from "./annealedCapacity.ts";
import { betaTcvae, type BetaTcvaeOptions } from "./betaTcvae.ts";
import { dipVae } from "./dipVae.ts";
import { freeBits, type FreeBitsOptions } from "./freeBits.ts";
import { importanceWeighted, type ImportanceWeightedOptions } from "./importanceWeighted.ts";
import { infoVae, type InfoVaeOptions } from "./infoVae.ts";
import { optimalSigma } from "./optimalSigma.ts";

type Maker = (options: JsonObject) => Objective;

const makers = new Map<string, Maker>([
  [
    "annealed-capacity",
    (options) =>
      annealedCapacity({
        ...(options as unknown as AnnealedCapacityOptions),
        capacity: scheduleFromJson(options["capacity"]),
      }),
  ],
  [
    "beta-tcvae",
    (options) =>
      betaTcvae({
        ...(options as unknown as BetaTcvaeOptions),
        beta: scheduleFromJson(options["beta"]),
      }),
  ],
  ["dip-vae", (options) => dipVae(options)],
  ["free-bits", (options) => freeBits(options as unknown as FreeBitsOptions)],
  [
    "importance-weighted",
    (options) => importanceWeighted(options as unknown as ImportanceWeightedOptions),
  ],
  ["info-vae", (options) => infoVae(options as unknown as InfoVaeOptions)],
  ["optimal-sigma", () => optimalSigma()],
]);

/**
 * Lets {@link objectiveFromJson}, and so `loadBetaVae`, know an objective of one's own.
 *
 * @param make makes the objective of the options that it was saved with
 */
export function registerObjective(kind: string, make: Maker): void {
  makers.set(kind, make);
}

/**
 * The objective that `{ kind, options }` was saved of.
 *
 * @throws TypeError for a kind that is not known
 */
export function objectiveFromJson(json: unknown): Objective {
  const { kind, options = {} } = (json ?? {}) as { kind?: unknown; options?: JsonObject };
  const make = typeof kind === "string" ? makers.get(kind) : undefined;
  if (make !== undefined) return make(options);
  throw new TypeError(
    `objectiveFromJson: the kind of an objective must be registered (${[...makers.keys()].join(", ")}), got ${describeValue(kind)}`,
  );
}
