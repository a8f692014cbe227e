import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import {
  formatCell,
  formatDuration,
  formatNumber,
  headingOf,
  joinWords,
} from "../results/format.ts";
import {
  describeDiverged,
  describeMachine,
  describeSample,
  describeVaried,
  shownColumns,
} from "../results/table.ts";
import { pictureKinds } from "../pictures/index.ts";
import { reconstructionWords } from "../pictures/reconstructions.ts";
import { chartsOf } from "./charts.ts";
import { script } from "./script.ts";
import { style } from "./style.ts";
import type { Chart } from "./charts.ts";
import type { ModelResult, Picture, Results } from "../results/schema.ts";

/** A picture with the bytes of its file, which the page carries along. */
export interface EmbeddedPicture extends Picture {
  readonly png: Uint8Array;
}

/**
 * The report as one HTML page that needs nothing else: styles, charts, uPlot and pictures are inside, and its policy forbids requests.
 *
 * @param results a comparison
 * @param pictures its pictures with their bytes
 */
export function reportPage(results: Results, pictures: readonly EmbeddedPicture[]): string {
  const charts = chartsOf(results);
  const { models, configuration } = results;
  const title = `${countWord(models.length)} on ${configuration.dataset}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<meta name="description" content="${escape(describeSample(results))}">
<title>${escape(title)} – elbo bench</title>
<link rel="icon" href="data:,">
<style>${readPackageFile("uplot/dist/uPlot.min.css")}${style}</style>
</head>
<body>
<header>
<p class="eyebrow">elbo bench</p>
<h1>${escape(title)}</h1>
<p class="lead">${escape(describeSample(results))} ${escape(describeVaried(results) ?? "One protocol for all: the same split, the same network widths, the same budget.")}</p>
</header>
<main>
${tableSection(results)}
${modelsSection(models)}
${chartsSection(charts)}
${kindsIn(pictures)
  .map((kind) => pictureSection(pictures.filter((picture) => picture.kind === kind)))
  .join("\n")}
</main>
${footer(results)}
<script type="application/json" id="charts">${JSON.stringify(charts).replaceAll("<", "\\u003c")}</script>
<script>${readPackageFile("uplot/dist/uPlot.iife.min.js")}</script>
<script>${script}</script>
</body>
</html>
`;
}

function countWord(count: number): string {
  const words = [
    "No models",
    "One model",
    "Two models",
    "Three models",
    "Four models",
    "Five models",
  ];
  return words[count] ?? `${count} models`;
}

function tableSection(results: Results): string {
  const shown = shownColumns(results);
  const head = shown
    .map(
      (column) =>
        `<th scope="col">${escape(column.title)}<small>${escape(column.unit)}</small></th>`,
    )
    .join("");
  const body = results.models
    .map((model, index) => {
      const cells = shown.map((column) => {
        const { mean, spread } = formatCell(column, model);
        if (model.columns[column.key] === undefined)
          return `<td class="absent"><span aria-label="none">${mean}</span></td>`;
        return `<td>${mean}${spread === undefined ? "" : `<small>${spread}</small>`}</td>`;
      });
      return `<tr><th scope="row">${swatch(index)}${escape(model.title)}</th>${cells.join("")}</tr>`;
    })
    .join("\n");
  const definitions = shown
    .map((column) => `<dt>${escape(headingOf(column))}</dt><dd>${escape(column.definition)}</dd>`)
    .join("\n");
  return `<section aria-labelledby="numbers">
<h2 id="numbers">The numbers</h2>
<div class="scroll" role="region" aria-labelledby="numbers" tabindex="0">
<table>
<caption>${escape([describeSample(results), describeDiverged(results)].join(" ").trim())}</caption>
<thead><tr><th scope="col">Model<small></small></th>${head}</tr></thead>
<tbody>
${body}
</tbody>
</table>
</div>
<details><summary>What the columns mean</summary>
<dl>
${definitions}
</dl>
</details>
</section>`;
}

function modelsSection(models: readonly ModelResult[]): string {
  return `<section aria-labelledby="models">
<h2 id="models">The models</h2>
<dl class="models">
${models.map((model, index) => `<dt>${swatch(index)}${escape(model.title)}</dt><dd>${escape(model.summary)}</dd>`).join("\n")}
</dl>
</section>`;
}

function chartsSection(charts: readonly Chart[]): string {
  if (charts.length === 0) return "";
  return `<section aria-labelledby="training">
<h2 id="training">Training</h2>
<div class="figures">
${charts
  .map(
    (chart, index) => `<figure class="card">
<h3>${escape(chart.title)}</h3>
<div class="chart" id="chart-${index}" role="img" aria-label="${escape(describeChart(chart))}"></div>
<figcaption>${escape(chart.caption)}</figcaption>
</figure>`,
  )
  .join("\n")}
</div>
<noscript><p>The charts are drawn by a script inside this page, and scripts are switched off.</p></noscript>
</section>`;
}

function describeChart(chart: Chart): string {
  const ends = chart.series.map((series) => {
    const values = series.values.filter((value) => value !== null);
    return `${series.label} from ${formatNumber(values[0], 1)} to ${formatNumber(values[values.length - 1], 1)}`;
  });
  return `Line chart, ${chart.yLabel} over ${chart.xLabel}s: ${joinWords(ends)}.`;
}

/** The kinds of pictures: those that every model may have in their order, then those of measures. */
function kindsIn(pictures: readonly EmbeddedPicture[]): string[] {
  const there = new Set(pictures.map(({ kind }) => kind));
  const order = [reconstructionWords.kind, ...pictureKinds.map(({ kind }) => kind)];
  return [...new Set([...order, ...there])].filter((kind) => there.has(kind));
}

/** The pictures of one kind. */
function pictureSection(shown: readonly EmbeddedPicture[]): string {
  const [{ kind, heading, text }] = shown;
  return `<section class="${kind}" aria-labelledby="${kind}">
<h2 id="${kind}">${escape(heading)}</h2>
<p>${escape(text)}</p>
<div class="figures">
${shown.map((picture) => figure(picture, shown.length === 1)).join("\n")}
</div>
</section>`;
}

function figure(picture: EmbeddedPicture, isWide: boolean): string {
  const source = `data:image/png;base64,${Buffer.from(picture.png).toString("base64")}`;
  const image = `<img src="${source}" alt="${escape(picture.alt)}">`;
  const labels = picture.rows?.map((row) => `<li>${escape(row)}</li>`).join("");
  const body =
    labels === undefined
      ? image
      : `<div class="labelled"><ol aria-label="Rows from the top">${labels}</ol>${image}</div>`;
  return `<figure class="card${isWide ? " wide" : ""}">
${body}
<figcaption><strong>${escape(picture.title)}.</strong> ${escape(picture.caption)}</figcaption>
</figure>`;
}

function footer(results: Results): string {
  const { configuration, versions, machine } = results;
  const entries = { ...configuration, ...versions, ...machine };
  const list = Object.entries(entries).map(
    ([name, value]) =>
      `<dt>${escape(name)}</dt><dd><code>${escape(Array.isArray(value) ? value.join(", ") : String(value))}</code></dd>`,
  );
  const seconds = results.models
    .flatMap((model) => model.seeds)
    .reduce((sum, { timing }) => sum + timing.trainingSeconds + timing.evaluationSeconds, 0);
  return `<footer>
<p>${escape(describeMachine(results))} All trainings and measurements together took ${formatDuration(seconds)}. Written ${escape(results.createdAt.slice(0, 16).replace("T", " "))} UTC by <code>bench run</code>; every number is in <code>results.json</code> beside this page.</p>
<details><summary>Configuration, versions, machine</summary>
<dl>
${list.join("\n")}
</dl>
</details>
</footer>`;
}

function swatch(index: number): string {
  return `<span class="swatch" style="--color: var(--series-${index % 7})" aria-hidden="true"></span>`;
}

function escape(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

function readPackageFile(path: string): string {
  return readFileSync(createRequire(import.meta.url).resolve(path), "utf8").trim();
}
