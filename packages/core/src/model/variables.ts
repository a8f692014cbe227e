import { variablesOf } from "../networks/variablesOf.ts";
import { assertAlive } from "../runner/assertUsable.ts";
import type { NamedVariables, Networks, Part, Schedules } from "../step/part.ts";
import type { NoiseSpecs } from "../step/noise.ts";

/** Parts of a model by the path that their names get: `latents/z`, `likelihood/x`, `condition`, `objective`. */
export type PartsByPath = Readonly<Record<string, Part>>;

/** What the parts of a model bring, by the names that files and feeds use. */
export interface Brought {
  readonly variables: NamedVariables;
  readonly state: NamedVariables;
  readonly noise: NoiseSpecs;
  readonly schedules: Schedules;
}

type Named = "variables" | "state" | "noise" | "schedules";

/**
 * Gathers what networks and parts bring: `<network>/<layer>/<weight>`, and `<path>/<name>` for the parts' own.
 *
 * @throws RangeError when two of them share a variable (tied weights): each must have one name and one gradient; Error when one
 *   was freed with the model that it was made for
 */
export function gatherParts(fn: string, networks: Networks, parts: PartsByPath): Brought {
  const ofNetworks = Object.entries(networks).map(([name, network]) => variablesOf(name, network));
  const ofParts = <K extends Named>(key: K): Record<string, NonNullable<Part[K]>[string]> =>
    Object.fromEntries(
      Object.entries(parts).flatMap(([path, part]) =>
        Object.entries(part[key] ?? {}).map(([name, value]) => [`${path}/${name}`, value as never]),
      ),
    );
  const brought = {
    variables: {
      ...Object.assign({}, ...ofNetworks.map(({ trained }) => trained)),
      ...ofParts("variables"),
    } as NamedVariables,
    state: {
      ...Object.assign({}, ...ofNetworks.map(({ state }) => state)),
      ...ofParts("state"),
    } as NamedVariables,
    noise: ofParts("noise") as NoiseSpecs,
    schedules: ofParts("schedules") as Schedules,
  };
  assertAlive(fn, brought);
  refuseShared(fn, brought);
  return brought;
}

function refuseShared(fn: string, { variables, state }: Brought): void {
  const names = new Map<unknown, string>();
  for (const [name, variable] of [...Object.entries(variables), ...Object.entries(state)]) {
    const other = names.get(variable);
    if (other !== undefined) {
      throw new RangeError(
        `${fn}: every weight must belong to one layer of one network, got ${other} as ${name} too; networks with tied weights are to be one network that both parts call`,
      );
    }
    names.set(variable, name);
  }
}
