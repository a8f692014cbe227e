import { nameOf } from "../measures/books.ts";
import { summarize } from "./aggregate.ts";
import { columns } from "./columns.ts";
import type { Column } from "./columns.ts";
import type { ModelResult, Results, Summary } from "./schema.ts";

/** A level or codebook of a model, with the figures that it has for itself. */
export interface LevelRow {
  readonly model: ModelResult;
  /** `top`, `book 1`, `top, book 1`. */
  readonly level: string;
  /** Summaries over seeds by column key. */
  readonly columns: Readonly<Record<string, Summary>>;
}

/** The figures of levels and codebooks: one row for each. */
export interface LevelTable {
  readonly columns: readonly Column[];
  readonly rows: readonly LevelRow[];
}

/** A figure of a level, `top.usage`, of a codebook, `usage0`, or of both, `top.usage0`. */
const partFigure = /^(?:(\w+)\.)?([A-Za-z]+)(\d+)?$/u;

const known = new Map(columns.map((column) => [column.key, column]));

/**
 * What the main table has no columns for: the figures of single levels and codebooks, where models have several.
 *
 * @returns undefined where no model has any
 */
export function levelTable({ models }: Pick<Results, "models">): LevelTable | undefined {
  const rows = models.flatMap(rowsOf);
  if (rows.length === 0) return undefined;
  const shown = columns.filter(({ key }) => rows.some((row) => row.columns[key] !== undefined));
  return { columns: shown, rows };
}

function rowsOf(model: ModelResult): LevelRow[] {
  const levels = new Map<string, Map<string, number[]>>();
  for (const { metrics } of model.seeds) {
    for (const [name, { mean }] of Object.entries(metrics)) {
      const [, level = "", key = "", book] = partFigure.exec(name) ?? [];
      if (!known.has(key) || (level === "" && book === undefined) || !Number.isFinite(mean))
        continue;
      const title = nameOf(level, book === undefined ? "" : String(Number(book) + 1));
      const own = at(levels, title, () => new Map<string, number[]>());
      at(own, key, (): number[] => []).push(mean);
    }
  }
  return [...levels].map(([level, figures]) => ({
    model,
    level,
    columns: Object.fromEntries([...figures].map(([key, values]) => [key, summarize(values)])),
  }));
}

function at<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}
