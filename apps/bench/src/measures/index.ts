import { Refusal } from "../refusal.ts";
import { anomalies } from "./anomalies.ts";
import { bound } from "./bound.ts";
import { codePrior } from "./codePrior.ts";
import { codes } from "./codes.ts";
import { disentanglement } from "./disentanglement.ts";
import { fidelity } from "./fidelity.ts";
import { frechet } from "./frechet.ts";
import { latents } from "./latents.ts";
import { probe } from "./probe.ts";
import { reconstruction } from "./reconstruction.ts";
import { samplers } from "./samplers.ts";
import type { Measure } from "./measure.ts";

/** Every measure that a configuration can name, in the order of the table's columns. */
export const measures: readonly Measure[] = [
  bound,
  reconstruction,
  fidelity,
  latents,
  disentanglement,
  codes,
  codePrior,
  probe,
  frechet,
  samplers,
  anomalies,
];

/** The measures of these names, in the order of the table. */
export function measuresNamed(names: readonly string[]): readonly Measure[] {
  const unknown = names.find((name) => !measures.some((measure) => measure.name === name));
  if (unknown !== undefined)
    throw new Refusal(
      `bench: measures must be of ${measures.map(({ name }) => name).join(", ")}, got ${unknown}`,
    );
  return measures.filter(({ name }) => names.includes(name));
}
