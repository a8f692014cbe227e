/** Trials of a long computation, kept in a file as they end, so that it can be stopped and taken up again. */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";

/** One number per name. */
export type Figures = Readonly<Record<string, number>>;

/** A file of trials by name. */
export class Trials {
  private readonly file: string;
  private readonly done: Record<string, Figures>;

  constructor(file: string) {
    this.file = file;
    this.done = existsSync(file)
      ? (JSON.parse(readFileSync(file, "utf8")) as Record<string, Figures>)
      : {};
  }

  /** The figures of a trial, computed if the file has none. */
  async get(name: string, compute: () => Promise<Figures>): Promise<Figures> {
    if (!Object.hasOwn(this.done, name)) {
      const started = performance.now();
      this.done[name] = await compute();
      writeFileSync(`${this.file}.tmp`, `${JSON.stringify(this.done, null, 1)}\n`);
      renameSync(`${this.file}.tmp`, this.file);
      process.stdout.write(`${name}: ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
    }
    return this.done[name];
  }
}

/** `mean ± standard error` of figures, a seed each. */
export function summary(values: readonly number[], digits: number): string {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const error = Math.sqrt(squares / (n - 1) / n);
  return n > 1 ? `${mean.toFixed(digits)} ± ${error.toFixed(digits)}` : mean.toFixed(digits);
}

/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
