import { formatCell, headingOf } from "../results/format.ts";
import { levelTable } from "../results/levels.ts";
import {
  describeDiverged,
  describeGivenUp,
  describeImported,
  describeSample,
  levelWords,
  shownColumns,
} from "../results/table.ts";
import { colorsOf, escape, swatch } from "./html.ts";
import type { Column } from "../results/columns.ts";
import type { ModelResult, Results } from "../results/schema.ts";

/** The table of all figures, what they mean, and the figures of single levels and codebooks. */
export function numbersSection(results: Results): string {
  const shown = shownColumns(results);
  const colors = colorsOf(results.models.map(({ name }) => name));
  const heading = (model: ModelResult): string =>
    `<th scope="row">${swatch(colors.get(model.name) ?? 0)}${escape(model.title)}</th>`;
  const rows = results.models.map((model) => `<tr>${heading(model)}${cells(shown, model)}</tr>`);
  const definitions = shown
    .map((column) => `<dt>${escape(headingOf(column))}</dt><dd>${escape(column.definition)}</dd>`)
    .join("\n");
  const levels = levelTable(results);
  const levelRows = levels?.rows.map(
    (row) =>
      `<tr>${heading(row.model)}<td class="words">${escape(row.level)}</td>${cells(levels.columns, row)}</tr>`,
  );
  const words = [describeSample, describeImported, describeDiverged, describeGivenUp]
    .map((describe) => describe(results))
    .filter((sentence) => sentence !== undefined);
  return `<section aria-labelledby="numbers">
<h2 id="numbers">The numbers</h2>
${table("table", { words: ["Model"], columns: shown, rows })}
<p class="under">${escape(words.join(" "))} Click a heading to sort.</p>
${
  levels === undefined || levelRows === undefined
    ? ""
    : `<p class="under">${escape(levelWords)}</p>
${table("levels", { words: ["Model", "Level"], columns: levels.columns, rows: levelRows })}`
}
<details><summary>What the columns mean</summary>
<dl>
${definitions}
</dl>
</details>
</section>`;
}

interface TableParts {
  /** Headings of the columns of words. */
  readonly words: readonly string[];
  readonly columns: readonly Column[];
  /** Rows as markup. */
  readonly rows: readonly string[];
}

/** A table that the page's script makes sortable. */
function table(id: string, { words, columns, rows }: TableParts): string {
  const head = [
    ...words.map(
      (word) =>
        `<th scope="col"${word === "Model" ? "" : ' class="words"'}>${word}<small></small></th>`,
    ),
    ...columns.map(
      ({ title, unit }) => `<th scope="col">${escape(title)}<small>${escape(unit)}</small></th>`,
    ),
  ].join("");
  return `<div class="scroll" role="region" aria-labelledby="numbers" tabindex="0">
<table id="${id}">
<thead><tr>${head}</tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
</table>
</div>`;
}

/** The cells of a row, means over spreads. */
function cells(shown: readonly Column[], row: Pick<ModelResult, "columns">): string {
  return shown
    .map((column) => {
      const { mean, spread } = formatCell(column, row);
      const summary = row.columns[column.key];
      if (summary === undefined)
        return `<td class="absent"><span aria-label="none">${mean}</span></td>`;
      return `<td data-value="${summary.mean}">${mean}${spread === undefined ? "" : `<small>${spread}</small>`}</td>`;
    })
    .join("");
}
