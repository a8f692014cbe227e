import type { Column } from "./columns.ts";
import type { ModelResult, Summary } from "./schema.ts";

/** What stands in a cell where a model has no such number. */
export const absent = "–";

/**
 * A number with thousands apart and a fixed count of digits after the point.
 *
 * @param value any number
 * @param digits digits after the point
 */
export function formatNumber(value: number, digits: number): string {
  const text = value.toLocaleString("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return /^-0(?:\.0*)?$/u.test(text) ? text.slice(1) : text.replace("-", "−");
}

/** A cell in two parts: the mean over seeds, and its spread where there is more than one seed. */
export interface Cell {
  readonly mean: string;
  /** `± 0.31`, or undefined for one seed or a column that never varies. */
  readonly spread?: string;
}

/** The cell of a column for a model, or a level of one. */
export function formatCell(column: Column, model: Pick<ModelResult, "columns">): Cell {
  const summary: Summary | undefined = model.columns[column.key];
  if (summary === undefined) return { mean: absent };
  const mean = formatNumber(summary.mean, column.digits);
  if (summary.standardDeviation === null || column.key === "parameters") return { mean };
  return { mean, spread: `± ${formatNumber(summary.standardDeviation, column.digits)}` };
}

/** A column's heading with its unit: `ELBO (nats)`. */
export function headingOf(column: Column): string {
  return column.unit === "" ? column.title : `${column.title} (${column.unit})`;
}

/**
 * A duration for people: `8.4 s`, `2 min 05 s`, `1 h 12 min`.
 *
 * @param seconds at least 0
 */
export function formatDuration(seconds: number): string {
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [
    Math.floor(whole / 3600),
    Math.floor(whole / 60) % 60,
    whole % 60,
  ];
  return hours > 0
    ? `${hours} h ${String(minutes).padStart(2, "0")} min`
    : `${minutes} min ${String(rest).padStart(2, "0")} s`;
}

/** Words of a list with commas and a last "and". */
export function joinWords(words: readonly string[]): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} and ${words[words.length - 1]}`;
}
