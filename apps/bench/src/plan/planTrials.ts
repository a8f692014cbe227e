import { configurationFields, protocolOf, searchableKeys } from "../configuration/configuration.ts";
import { checkField } from "../configuration/fields.ts";
import { resolveModel } from "../models/resolve.ts";
import { pointsOf } from "../search/design.ts";
import { spacesIn, withPoint } from "../search/space.ts";
import { trialId } from "./trial.ts";
import type { JsonObject, JsonValue } from "@elbo/core";
import type { Configuration } from "../configuration/configuration.ts";
import type { Protocol } from "../configuration/protocol.ts";
import type { ModelCase } from "../models/modelCase.ts";
import type { ModelEntry } from "../models/entry.ts";
import type { Point } from "../search/space.ts";
import type { Trial } from "./trial.ts";

/** One row of the comparison: a model with settled options under a settled protocol. */
interface PlannedRow {
  readonly entry: ModelEntry;
  readonly modelCase: ModelCase;
  readonly protocol: Protocol;
}

/**
 * The trials of a configuration: every row with every seed, seed by seed; a row with spaces is as many rows as the search has points.
 *
 * @param cases the models that exist
 * @param elbo version that the numbers will be of
 * @throws Refusal for a space without values, or a value that its key does not take
 */
export function planTrials(
  configuration: Configuration,
  cases: readonly ModelCase[],
  elbo: string,
): Trial[] {
  const { halving } = configuration;
  const rows = configuration.models.flatMap((entry) => rowsOf(entry, configuration, cases));
  return configuration.seeds.flatMap((seed) =>
    rows.map(({ entry, modelCase, protocol }) => {
      const { options } = modelCase;
      const known = { model: entry.model, options, protocol, seed, elbo };
      return {
        id: trialId(known),
        row: modelCase.name,
        title: modelCase.title,
        ...known,
        entry: entry.name,
        ...(halving === undefined ? {} : { halving }),
      };
    }),
  );
}

function rowsOf(
  entry: ModelEntry,
  configuration: Configuration,
  cases: readonly ModelCase[],
): PlannedRow[] {
  const spaces = { ...configuration.spaces, ...spacesIn(entry.options, "options") };
  const points = pointsOf(spaces, configuration.search);
  return points.map((point, i) => {
    const options = withPoint(entry.options as JsonValue, "options", point) as JsonObject;
    const { title, ...rest } = entry;
    const named = points.length === 1 ? entry.name : `${entry.name}-${i + 1}`;
    const modelCase = resolveModel({ ...rest, name: named, options }, cases);
    const ofProtocol = Object.entries(point).filter(([name]) => !name.startsWith("options"));
    const extra = ofProtocol.map(([name, value]) => `, ${name} ${JSON.stringify(value)}`).join("");
    const heading = title === undefined ? modelCase.title : titled(title, point);
    return {
      entry,
      modelCase: { ...modelCase, title: heading + extra },
      protocol: protocolAt(configuration, point),
    };
  });
}

/** A title of the configuration, with the values of its options that a search chose. */
function titled(title: string, point: Point): string {
  const chosen = Object.entries(point).filter(([name]) => name.startsWith("options."));
  const words = chosen.map(
    ([name, value]) => `${name.slice("options.".length)} ${JSON.stringify(value)}`,
  );
  return [title, ...words].join(", ");
}

function protocolAt(configuration: Configuration, point: Point): Protocol {
  const fields = configurationFields({ datasets: [configuration.dataset], models: [] });
  const chosen = searchableKeys
    .filter((key) => Object.hasOwn(point, key))
    .map((key) => [key, checkField<unknown>(fields[key], key, point[key])] as const);
  return { ...protocolOf(configuration), ...Object.fromEntries(chosen) };
}
