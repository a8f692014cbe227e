/** Trials that are done once: every finished one is written into a file beside the command that it came from. */
import { existsSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { writeWhole } from "@elbo/common/node";
import { estimateOf } from "@elbo/core";

/** Figures of a trial by name. */
export type Figures = Readonly<Record<string, number>>;

/** One trial: everything that its figures depend on, and how they are made. */
export interface Trial<T> {
  readonly setting: T;
  readonly run: () => Promise<Figures>;
}

/** A finished trial. */
export interface Done<T> {
  readonly setting: T;
  readonly figures: Figures;
  /** Wall time under whatever load there was. */
  readonly seconds: number;
}

interface RecordFile<T> {
  readonly command: string;
  readonly machine: string;
  readonly trials: readonly Done<T>[];
}

/** A file beside the other recorded results. */
export const recordedFile = (name: string): string =>
  fileURLToPath(new URL(`../../recorded/${name}`, import.meta.url));

/**
 * Does those of the trials that `recorded/<name>.json` does not hold yet, one after the other, and writes the file anew after each.
 *
 * @returns the trials asked for, in their order; others of the file stay in it
 */
export async function recordTrials<T>(
  name: string,
  command: string,
  trials: readonly Trial<T>[],
): Promise<Done<T>[]> {
  const path = recordedFile(`${name}.json`);
  await mkdir(recordedFile("."), { recursive: true });
  const known = existsSync(path)
    ? [...(JSON.parse(readFileSync(path, "utf8")) as RecordFile<T>).trials]
    : [];
  const keyOf = (setting: T): string => JSON.stringify(setting);
  const machine = `${cpus()[0]?.model.trim() ?? "unknown"}, Node ${process.versions.node}`;
  for (const [i, { setting, run }] of trials.entries()) {
    if (known.some((done) => keyOf(done.setting) === keyOf(setting))) continue;
    const started = performance.now();
    const figures = await run();
    const seconds = Math.round((performance.now() - started) / 1000);
    known.push({ setting, figures, seconds });
    const file: RecordFile<T> = { command, machine, trials: known };
    await writeWhole(path, `${JSON.stringify(file, undefined, 1)}\n`);
    process.stdout.write(
      `[${i + 1}/${trials.length}] ${keyOf(setting)} ${seconds} s ${JSON.stringify(figures)}\n`,
    );
  }
  return trials.map(({ setting }) => {
    const done = known.find((other) => keyOf(other.setting) === keyOf(setting));
    if (done === undefined) throw new Error("internal: a trial was lost");
    return done;
  });
}

/** Mean and, of more than one, the sample standard deviation: `-128.83 ± 0.21`. */
export const summary = (values: readonly number[], digits = 2): string =>
  spread(values, digits, Math.sqrt(values.length));

/** Mean and, of more than one, its standard error. */
export const withError = (values: readonly number[], digits = 2): string =>
  spread(values, digits, 1);

function spread(values: readonly number[], digits: number, factor: number): string {
  const { mean, standardError } = estimateOf(Float64Array.from(values));
  if (values.length === 1) return mean.toFixed(digits);
  return `${mean.toFixed(digits)} ± ${(factor * standardError).toFixed(digits)}`;
}

/** A table of GitHub's Markdown. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
  return line(head) + line(head.map(() => "---")) + rows.map(line).join("");
}
