import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { formatDuration, formatNumber, joinWords } from "../results/format.ts";
import { describeMachine, describeSample, describeVaried } from "../results/table.ts";
import { chartsOf } from "./charts.ts";
import { comparisonData, comparisonSection } from "./comparison.ts";
import { dotsSection } from "./dots.ts";
import { explorerSection } from "./explorer.ts";
import { findingsSection } from "./findings.ts";
import { colorsOf, escape, jsonScript, swatch } from "./html.ts";
import { numbersSection } from "./numbers.ts";
import { pictureSections } from "./pictureSections.ts";
import { planeSection } from "./plane.ts";
import { style } from "./style.ts";
import type { Chart } from "./charts.ts";
import type { EmbeddedPicture } from "./pictureSections.ts";
import type { ExplorerData } from "./explorerData.ts";
import type { Results } from "../results/schema.ts";

/** What a page is made of besides the results. */
export interface PageParts {
  readonly pictures: readonly EmbeddedPicture[];
  /** The script of `pageScript`. */
  readonly script: string;
  readonly explorer?: ExplorerData | undefined;
}

/**
 * The report as one HTML page that needs nothing else: styles, scripts, uPlot, pictures and decoders are inside, and its policy
 * forbids requests.
 *
 * @param results a comparison
 */
export function reportPage(results: Results, { pictures, script, explorer }: PageParts): string {
  const charts = chartsOf(results);
  const { models, configuration } = results;
  const title = `${countWord(models.length)} on ${configuration.dataset}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline' 'wasm-unsafe-eval'">
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
<p class="lead">${escape(describeSample(results))} ${escape(describeVaried(results) ?? "One protocol for all: the same split, networks of the same kind, the same budget.")}</p>
</header>
<main>
${numbersSection(results)}
${modelsSection(results)}
${findingsSection(results)}
${explorerSection(explorer)}
${pictureSections(pictures)}
${planeSection(results)}
${dotsSection(results)}
${comparisonSection(results)}
${chartsSection(charts)}
</main>
${footer(results)}
${jsonScript("charts-data", charts)}
${jsonScript("comparison-data", comparisonData(results))}
${explorer === undefined ? "" : jsonScript("explorer-data", explorer)}
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

function modelsSection({ models }: Results): string {
  const colors = colorsOf(models.map(({ name }) => name));
  return `<section aria-labelledby="models">
<h2 id="models">The models</h2>
<dl class="models">
${models.map((model) => `<dt>${swatch(colors.get(model.name) ?? 0)}${escape(model.title)}</dt><dd>${escape(model.summary)}</dd>`).join("\n")}
</dl>
</section>`;
}

function chartsSection(charts: readonly Chart[]): string {
  if (charts.length === 0) return "";
  return `<section aria-labelledby="training">
<h2 id="training">Training</h2>
<p class="choices"><label>Smoothing <input type="range" id="smoothing" min="0" max="0.98" step="0.02" value="0"></label></p>
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

function footer(results: Results): string {
  const { configuration, versions, machine, command } = results;
  const entries = { ...configuration, ...versions, ...machine };
  const list = Object.entries(entries).map(
    ([name, value]) => `<dt>${escape(name)}</dt><dd><code>${escape(textOf(value))}</code></dd>`,
  );
  const seconds = results.models
    .flatMap((model) => model.seeds)
    .reduce((sum, { timing }) => sum + timing.trainingSeconds + timing.evaluationSeconds, 0);
  return `<footer>
<p>${escape(describeMachine(results))} All trainings and measurements together took ${formatDuration(seconds)}. Written ${escape(results.createdAt.slice(0, 16).replace("T", " "))} UTC; every number is in <code>results.json</code> beside this page. To repeat it:</p>
<pre><code>${escape(command)}</code></pre>
<details><summary>Configuration, versions, machine</summary>
<dl>
${list.join("\n")}
</dl>
</details>
</footer>`;
}

const textOf = (value: unknown): string =>
  Array.isArray(value)
    ? value.join(", ")
    : typeof value === "string"
      ? value
      : JSON.stringify(value);

function readPackageFile(path: string): string {
  return readFileSync(createRequire(import.meta.url).resolve(path), "utf8").trim();
}
