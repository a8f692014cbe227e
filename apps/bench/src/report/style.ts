/** The report's style sheet: one column of text, wide figures, both colour schemes by custom properties. */
export const style = `
:root {
  color-scheme: light dark;
  --ground: #fbfaf8; --raised: #ffffff; --ink: #1d1b19; --soft: #6a645d; --line: #e4dfd8; --accent: #3b4fc4;
  --series-0: #3b4fc4; --series-1: #d9480f; --series-2: #0b7285; --series-3: #b0206b; --series-4: #4d7c0f;
  --series-5: #6741d9; --series-6: #8a5a00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #16171a; --raised: #1e2024; --ink: #ecebe8; --soft: #a5a19a; --line: #34373d; --accent: #a3b1ff;
    --series-0: #8ea2ff; --series-1: #ff9a5c; --series-2: #5fd0de; --series-3: #f58bbf; --series-4: #a6d45a;
    --series-5: #c0a5ff; --series-6: #e5b75a;
  }
}
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--ground); color: var(--ink);
  font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Ubuntu, Cantarell, "Helvetica Neue", Arial, sans-serif;
}
main, header, footer { max-width: 74rem; margin: 0 auto; padding: 0 1.5rem; }
header { padding-top: 3.5rem; }
main > section { margin-top: 3.5rem; }
footer { margin-top: 4rem; padding-top: 1.5rem; padding-bottom: 3rem; color: var(--soft); font-size: .9rem; }
footer::before { content: ""; display: block; border-top: 1px solid var(--line); margin-bottom: 1.5rem; }
.eyebrow { margin: 0; color: var(--accent); font-size: .8rem; font-weight: 650; letter-spacing: .09em; text-transform: uppercase; }
h1 { margin: .25rem 0 .75rem; font-size: clamp(1.9rem, 4.5vw, 2.9rem); line-height: 1.12; letter-spacing: -.022em; font-weight: 700; text-wrap: balance; }
h2 { margin: 0 0 .5rem; font-size: 1.45rem; line-height: 1.25; letter-spacing: -.012em; }
h3 { margin: 0 0 .25rem; font-size: 1.02rem; line-height: 1.35; }
p { margin: 0 0 1rem; max-width: 46rem; text-wrap: pretty; }
.lead { font-size: 1.1rem; color: var(--soft); max-width: 52rem; }
code { font: .9em ui-monospace, "SF Mono", "Cascadia Mono", "Roboto Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
a, summary { color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: 3px; }

.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: .75rem; background: var(--raised); }
table { border-collapse: collapse; width: 100%; font-size: .93rem; font-variant-numeric: tabular-nums; }
th, td { padding: .6rem .7rem; text-align: right; white-space: nowrap; vertical-align: top; line-height: 1.35; }
th:first-child, td:first-child { text-align: left; padding-left: 1rem; }
th:last-child, td:last-child { padding-right: 1rem; }
th.words, td.words { text-align: left; }
thead th { font-weight: 620; white-space: normal; vertical-align: bottom; border-bottom: 1px solid var(--line); }
thead th button { font: inherit; font-weight: 620; color: inherit; background: none; border: 0; padding: 0; text-align: inherit; cursor: pointer; }
thead th[aria-sort] button::after { content: " ↓"; color: var(--accent); }
thead th[aria-sort="ascending"] button::after { content: " ↑"; }
.under { margin: .7rem 0 0; color: var(--soft); font-size: .9rem; max-width: 60rem; }
thead small { display: block; min-height: 1.2em; color: var(--soft); font-weight: 400; font-size: .8rem; }
tbody th { font-weight: 620; position: sticky; left: 0; background: var(--raised); }
tbody tr + tr > * { border-top: 1px solid var(--line); }
td small { display: block; color: var(--soft); font-size: .8rem; }
.absent { color: var(--soft); }
.swatch { display: inline-block; width: .7em; height: .7em; margin-right: .55em; border-radius: 50%; background: var(--color); }
details { margin-top: 1rem; }
summary { cursor: pointer; width: max-content; max-width: 100%; }
dl { display: grid; grid-template-columns: minmax(8rem, max-content) 1fr; gap: .45rem 1.25rem; margin: 1rem 0; }
dt { font-weight: 600; }
dd { margin: 0; max-width: 46rem; overflow-wrap: anywhere; }
.models dt { white-space: nowrap; }
.findings { grid-template-columns: 1fr; gap: .2rem; }
.findings dd + dt { margin-top: .8rem; }

figure { margin: 0; }
figcaption { margin-top: .7rem; max-width: 46rem; color: var(--soft); font-size: .9rem; line-height: 1.5; }
figcaption strong { color: var(--ink); font-weight: 620; }
figure img { display: block; max-width: 100%; height: auto; }
.card { padding: 1rem; border: 1px solid var(--line); border-radius: .75rem; background: var(--raised); min-width: 0; }
.figures { display: grid; gap: 1.25rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 27rem), 1fr)); margin-top: 1.25rem; }
.figures > .wide { grid-column: 1 / -1; }
.classes .wide, .interpolations .wide, .samples .wide, .traversals .wide, .codes .wide { max-width: 46rem; }
.labelled { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0 .9rem; }
.labelled ol { display: grid; grid-auto-rows: 1fr; align-items: center; margin: 0; padding: 0; list-style: none; font-size: .82rem; line-height: 1.2; text-align: right; color: var(--soft); }
.reconstructions .labelled ol li:first-child { color: var(--ink); font-weight: 620; }

.choices label { margin-right: 1.2rem; }
select, .explorer button, input { font: inherit; }
select { max-width: 100%; color: inherit; background: var(--ground); border: 1px solid var(--line); border-radius: .4rem; padding: .25rem .4rem; }
input[type=range] { accent-color: var(--accent); vertical-align: middle; }
pre { overflow-x: auto; padding: .7rem 1rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--raised); color: var(--ink); }
.drawing { display: block; width: 100%; height: auto; font-size: 13px; fill: var(--ink); }
.wide > .drawing { max-width: 44rem; }
.drawing .grid { stroke: var(--line); } .drawing .equal { stroke: var(--soft); stroke-dasharray: 4 4; opacity: .6; } .drawing .tick { fill: var(--soft); font-size: 12px; }
.dots { grid-template-columns: repeat(auto-fill, minmax(min(100%, 18rem), 1fr)); }

.explorer { display: grid; grid-template-columns: minmax(0, 17rem) minmax(0, 1fr); gap: 1.25rem; align-items: start; }
.stage { position: sticky; top: .75rem; display: grid; gap: .75rem; }
.stage canvas { width: 100%; aspect-ratio: 1; image-rendering: pixelated; border-radius: .5rem; background: #000; }
.controls { columns: 20rem; column-gap: 1rem; }
.controls > * { break-inside: avoid; margin: 0 0 1rem !important; }
.controls fieldset { margin: 0; min-width: 0; border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .8rem .8rem; }
.controls legend { font-size: .88rem; color: var(--soft); padding: 0 .35rem; }
.thumbnails { display: flex; flex-wrap: wrap; gap: .3rem; }
.thumbnails button { padding: 2px; border: 2px solid transparent; border-radius: .35rem; background: none; cursor: pointer; line-height: 0; }
.thumbnails button[aria-pressed=true] { border-color: var(--accent); }
.thumbnails canvas { width: 2.4rem; height: auto; border-radius: .2rem; }
.map { width: min(100%, 20rem); height: auto; touch-action: none; border: 1px solid var(--line); border-radius: .4rem; cursor: crosshair; display: block; }
.palette { width: min(100%, 20rem); height: auto; display: block; margin-top: .5rem; touch-action: none; cursor: pointer; image-rendering: pixelated; }
.sliders { display: grid; gap: .15rem; max-height: 22rem; overflow-y: auto; }
.sliders label { display: grid; grid-template-columns: 2.6rem minmax(0, 1fr); align-items: center; font-size: .85rem; font-variant-numeric: tabular-nums; }
.controls fieldset > input[type=range] { width: 100%; margin: .4rem 0; }
.controls fieldset > button { margin-top: .5rem; padding: .25rem .7rem; border: 1px solid var(--line); border-radius: .4rem; background: var(--ground); color: inherit; cursor: pointer; }
.chart { min-height: 19rem; margin-top: .5rem; }
.uplot { font: inherit !important; color: var(--ink); }
.u-legend { font-size: .82rem !important; text-align: left !important; margin: .25rem 0 0 !important; font-variant-numeric: tabular-nums; }
.u-legend td, .u-legend th { padding: .1rem .25rem; line-height: 1.4; border: 0 !important; position: static !important; background: none !important; vertical-align: middle; }
.u-legend table, .u-legend { border-collapse: separate; width: auto; }
.u-cursor-x, .u-cursor-y { border-color: var(--soft) !important; }
@media (max-width: 40rem) { .explorer { grid-template-columns: minmax(0, 1fr); }
  .stage { z-index: 1; background: var(--raised); padding-bottom: .5rem; }
  .stage canvas { width: 9rem; }
  th:first-child { white-space: normal; max-width: 7.5rem; }
  .labelled ol { font-size: .62rem; max-width: 5.5rem; }
  main, header, footer { padding-left: 1rem; padding-right: 1rem; }
  dl { grid-template-columns: 1fr; gap: .1rem; }
  dd + dt { margin-top: .6rem; }
  }
@media print { .card, .scroll { break-inside: avoid; } body { background: none; } }
`;
