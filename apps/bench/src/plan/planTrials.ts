import { configurationTable, protocolOf, searchableKeys } from "../configuration/configuration.ts";
import { isTrained, optionsOf, sealed, titleOf } from "../models/resolve.ts";
import { refusing } from "../refusal.ts";
import { pointsOf } from "../search/design.ts";
import { spacesIn, withPoint } from "../search/space.ts";
import { trialId } from "./trial.ts";
import type { Rule } from "@elbo/common";
import type { JsonObject, JsonValue } from "@elbo/core";
import type { Configuration } from "../configuration/configuration.ts";
import type { Protocol } from "../configuration/protocol.ts";
import type { ModelEntry } from "../models/entry.ts";
import type { Point } from "../search/space.ts";
import type { Trial } from "./trial.ts";

/** One row of the comparison: a model with settled options under a settled protocol. */
interface PlannedRow {
  /** The configuration's row that it was made from. */
  readonly entry: string;
  readonly row: ModelEntry;
  readonly title: string;
  readonly protocol: Protocol;
}

/**
 * The trials of a configuration: every row with every seed, seed by seed; a row with spaces is as many rows as the search has points, an
 * imported model has a trial with the first seed alone.
 *
 * @param elbo version that the numbers will be of
 * @throws Refusal for a space without values, or a value that its key does not take
 */
export function planTrials(configuration: Configuration, elbo: string): Trial[] {
  const { halving, measures } = configuration;
  const rows = configuration.models.flatMap((entry) => rowsOf(entry, configuration));
  const sealedRows = rows.map((planned) => {
    const { model } = planned.row;
    return { ...planned, options: sealed({ model, options: optionsOf(planned.row) }) };
  });
  return configuration.seeds.flatMap((seed, i) =>
    // Nothing but draws of measures depends on the seed of a model that is not trained: a spread over seeds would say nothing of it.
    (i === 0 ? sealedRows : sealedRows.filter(({ row }) => isTrained(row.model))).map((planned) => {
      const { entry, row, title, protocol, options } = planned;
      const known = { model: row.model, options, protocol, seed, elbo };
      return {
        id: trialId(known),
        row: row.name,
        title,
        ...(row.summary === undefined ? {} : { summary: row.summary }),
        ...known,
        entry,
        measures,
        ...(halving === undefined || !isTrained(row.model) ? {} : { halving }),
      };
    }),
  );
}

function rowsOf(entry: ModelEntry, configuration: Configuration): PlannedRow[] {
  const spaces = { ...configuration.spaces, ...spacesIn(entry.options, "options") };
  const points = pointsOf(spaces, configuration.search);
  return points.map((point, i) => {
    const options = withPoint(entry.options as JsonValue, "options", point) as JsonObject;
    const name = points.length === 1 ? entry.name : `${entry.name}-${i + 1}`;
    const row = { ...entry, name, options };
    const ofProtocol = Object.entries(point).filter(([key]) => !key.startsWith("options"));
    const extra = ofProtocol.map(([key, value]) => `, ${key} ${JSON.stringify(value)}`).join("");
    const heading = entry.title === undefined ? titleOf(row) : titled(entry.title, point);
    return {
      entry: entry.name,
      row,
      title: heading + extra,
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
  const table = configurationTable();
  const chosen = searchableKeys
    .filter((key) => Object.hasOwn(point, key))
    .map((key) => {
      const rule: Rule<unknown> = table[key].rule;
      return [key, refusing(() => rule.read({ fn: "bench", name: key }, point[key]))] as const;
    });
  return { ...protocolOf(configuration), ...Object.fromEntries(chosen) };
}
