import Table from "cli-table3";
import { measures } from "../measures/index.ts";
import { columns } from "./columns.ts";
import { formatCell, formatNumber, headingOf, joinWords } from "./format.ts";
import { levelTable } from "./levels.ts";
import type { Column } from "./columns.ts";
import type { LikelihoodName } from "../configuration/protocol.ts";
import type { ModelResult, Results } from "./schema.ts";

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
  const nats = configuration.varied.includes("likelihood")
    ? ""
    : ` Nats are of ${meaningOfNats[configuration.likelihood]}.`;
  return `Measured on ${images} ${training}; ${over}; NLL with k = ${configuration.likelihoodSamples} draws.${nats}`;
}

/** Whose logarithm figures are in. */
const meaningOfNats: Readonly<Record<LikelihoodName, string>> = {
  bernoulli: "images with pixels drawn as 0 or 1, one draw each",
  "grey-bernoulli": "images with pixels drawn as 0 or 1, in the mean over draws",
  gaussian: "densities of pixels in [0, 1]",
  "discretized-logistic": "images in 256 levels",
};

/** Rows of figures under a heading for each column, the first of words. */
interface Figures {
  /** Headings of the columns of words. */
  readonly words: readonly string[];
  readonly columns: readonly Column[];
  readonly rows: readonly {
    readonly words: readonly string[];
    readonly columns: ModelResult["columns"];
  }[];
}

const mainFigures = (results: Results): Figures => ({
  words: ["Model"],
  columns: shownColumns(results),
  rows: results.models.map(({ title, columns: own }) => ({ words: [title], columns: own })),
});

/** Those of single levels and codebooks, where there are any. */
function levelFigures(results: Results): Figures | undefined {
  const table = levelTable(results);
  if (table === undefined) return undefined;
  const rows = table.rows.map(({ model, level, columns: own }) => ({
    words: [model.title, level],
    columns: own,
  }));
  return { words: ["Model", "Level"], columns: table.columns, rows };
}

/**
 * The table for a terminal, spreads under their means, and below it that of levels and codebooks where models have several.
 *
 * @param results a comparison
 */
export function terminalTable(results: Results): string {
  const levels = levelFigures(results);
  const tables = [mainFigures(results), ...(levels === undefined ? [] : [levels])];
  return tables.map(terminalFigures).join("\n\n");
}

function terminalFigures({ words, columns: shown, rows }: Figures): string {
  const table = new Table({
    head: [...words, ...shown.map(headingLines)],
    colAligns: [...words.map(() => "left" as const), ...shown.map(() => "right" as const)],
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
  for (const row of rows) {
    const cells = shown.map((column) => formatCell(column, row));
    table.push([
      ...row.words,
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
 * The table as Markdown, with what the numbers are taken from and what each column means; below it that of levels and codebooks.
 *
 * @param results a comparison
 */
export function markdownTable(results: Results): string {
  const main = mainFigures(results);
  const levels = levelFigures(results);
  return [
    `# Comparison on ${results.configuration.dataset}`,
    "",
    describeSample(results),
    "",
    ...markdownFigures(main),
    "",
    ...(levels === undefined ? [] : [levelWords, "", ...markdownFigures(levels), ""]),
    ...main.columns.map((column) => `- **${headingOf(column)}**: ${column.definition}`),
    "",
    ...describeAll(results).slice(1),
    "",
  ].join("\n");
}

/** What stands over the table of levels. */
export const levelWords =
  "Levels and codebooks by themselves, where a model has several: figures of the same names.";

function markdownFigures({ words, columns: shown, rows }: Figures): string[] {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [
    line([...words, ...shown.map(headingOf)]),
    line([...words.map(() => "---"), ...shown.map(() => "---:")]),
    ...rows.map((row) =>
      line([
        ...row.words,
        ...shown.map((column) => {
          const { mean, spread } = formatCell(column, row);
          return spread === undefined ? mean : `${mean} ${spread}`;
        }),
      ]),
    ),
  ];
}

/** The sentences that go with a table: what was measured, what is missing, what computed. */
export function describeAll(results: Results): string[] {
  const others = [
    describeImported(results),
    describeDiverged(results),
    describeGivenUp(results),
    describeVaried(results),
  ];
  return [
    describeSample(results),
    ...others.filter((sentence) => sentence !== undefined),
    describeMachine(results),
  ];
}

/** What models that come from files are and lack of what they were asked for, if there are any. */
export function describeImported({ models }: Results): string | undefined {
  const imported = models.filter(
    ({ seeds }) => seeds.length > 0 && seeds.every(({ steps }) => steps === 0),
  );
  if (imported.length === 0) return undefined;
  const names = joinWords(imported.map(({ title }) => title));
  const asked = new Set(imported.flatMap(({ seeds }) => Object.keys(seeds[0].measured)));
  const lacking = measures.flatMap(({ name, ofTrained }) =>
    ofTrained !== undefined && asked.has(name) ? [ofTrained] : [],
  );
  const without = lacking.length === 0 ? "" : `, without ${joinWords(lacking)}`;
  return `Not trained here, but measured as the files have it, once${without}: ${names}.`;
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
