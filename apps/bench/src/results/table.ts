import Table from "cli-table3";
import { columns } from "./columns.ts";
import { formatCell, formatNumber, headingOf, joinWords } from "./format.ts";
import type { Column } from "./columns.ts";
import type { Results } from "./schema.ts";

/** The columns for which at least one model has a number. */
export function shownColumns(results: Results): readonly Column[] {
  return columns.filter((column) =>
    results.models.some((model) => model.columns[column.key] !== undefined),
  );
}

/** One sentence on what the numbers are taken from. */
export function describeSample(results: Results): string {
  const { configuration, data } = results;
  const { seeds } = configuration;
  const images = `${formatNumber(data.testExamples, 0)} held-out images of ${configuration.dataset}`;
  const training = `after ${configuration.epochs} ${configuration.epochs === 1 ? "epoch" : "epochs"} on ${formatNumber(data.trainExamples, 0)} training images (a tenth of them held out for validation)`;
  const over =
    seeds.length === 1
      ? `one seed (n = 1: seed ${seeds[0]}), so no spread`
      : `mean ± sample standard deviation over n = ${seeds.length} seeds (${joinWords(seeds.map(String))})`;
  return `Measured on ${images} ${training}; ${over}; NLL with k = ${configuration.likelihoodSamples} draws.`;
}

/**
 * The table for a terminal, spreads under their means.
 *
 * @param results a comparison
 */
export function terminalTable(results: Results): string {
  const shown = shownColumns(results);
  const table = new Table({
    head: ["Model", ...shown.map(headingLines)],
    colAligns: ["left", ...shown.map(() => "right" as const)],
    style: { head: [], border: [], compact: true, "padding-left": 0, "padding-right": 2 },
    chars: {
      top: "",
      "top-mid": "",
      "top-left": "",
      "top-right": "",
      bottom: "",
      "bottom-mid": "",
      "bottom-left": "",
      "bottom-right": "",
      left: "",
      "left-mid": "─",
      mid: "─",
      "mid-mid": "─",
      right: "",
      "right-mid": "",
      middle: "",
    },
  });
  for (const model of results.models) {
    const cells = shown.map((column) => formatCell(column, model));
    table.push([
      model.title,
      ...cells.map((cell) =>
        cell.spread === undefined ? cell.mean : `${cell.mean}\n${cell.spread}`,
      ),
    ]);
  }
  const lines = table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd());
  const width = Math.max(
    ...lines.filter((line) => !line.startsWith("─")).map((line) => line.length),
  );
  return lines.map((line) => (line.startsWith("─") ? "─".repeat(width) : line)).join("\n");
}

/** A heading on at most two lines: the title and its unit, or a title of two words. */
function headingLines(column: Column): string {
  return column.unit === "" ? column.title.replace(" ", "\n") : `${column.title}\n${column.unit}`;
}

/**
 * The table as Markdown, with what the numbers are taken from and what each column means.
 *
 * @param results a comparison
 */
export function markdownTable(results: Results): string {
  const shown = shownColumns(results);
  const row = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [
    `# Comparison on ${results.configuration.dataset}`,
    "",
    describeSample(results),
    "",
    row(["Model", ...shown.map(headingOf)]),
    row(["---", ...shown.map(() => "---:")]),
    ...results.models.map((model) =>
      row([
        model.title,
        ...shown.map((column) => {
          const { mean, spread } = formatCell(column, model);
          return spread === undefined ? mean : `${mean} ${spread}`;
        }),
      ]),
    ),
    "",
    ...shown.map((column) => `- **${headingOf(column)}**: ${column.definition}`),
    "",
    ...describeAll(results).slice(1),
    "",
  ].join("\n");
}

/** The sentences that go with a table: what was measured, what is missing, what computed. */
export function describeAll(results: Results): string[] {
  const others = [describeDiverged(results), describeGivenUp(results), describeVaried(results)];
  return [
    describeSample(results),
    ...others.filter((sentence) => sentence !== undefined),
    describeMachine(results),
  ];
}

/** One sentence on the trainings that diverged, if any did. */
export function describeDiverged({ diverged }: Results): string | undefined {
  if (diverged.length === 0) return undefined;
  const names = diverged.map(({ title, seed }) => `${title} with seed ${seed}`);
  return `Diverged, and not in these numbers: ${joinWords(names)}.`;
}

/** One sentence on the settings that were not trained to the end, if there are any. */
export function describeGivenUp({ givenUp }: Results): string | undefined {
  if (givenUp.length === 0) return undefined;
  const names = givenUp.map(
    ({ title, epochs, score }) => `${title} (${formatNumber(score, 1)} nats after ${epochs})`,
  );
  return `Given up by the search, with the negative ELBO on the validation part after so many epochs: ${joinWords(names)}.`;
}

/** One sentence on what differs between rows besides the models, if anything does. */
export function describeVaried({ configuration }: Results): string | undefined {
  const { varied } = configuration;
  if (varied.length === 0) return undefined;
  return `Not the same for all rows: ${joinWords(varied)} (in the titles).`;
}

/** One sentence on what computed. */
export function describeMachine(results: Results): string {
  const { machine, versions } = results;
  const engines = new Set(
    results.models.flatMap((model) => model.seeds.map(({ engine }) => engine)),
  );
  return `Machine: ${machine.cpu}, ${machine.cores} cores; engine: ${joinWords([...engines])}; Node.js ${versions.node}; elbo ${versions.elbo}.`;
}
