/**
 * What the report does in the browser: draws the charts of `#charts` with uPlot in the page's colours, again when the colour scheme
 * changes, and fits them to their columns.
 */
export const script = `
"use strict";
(() => {
  const charts = JSON.parse(document.getElementById("charts").textContent);
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const number = (value) => value == null ? "–" : value.toLocaleString("en-US", { maximumFractionDigits: Math.abs(value) < 10 ? 2 : 1 });
  const dashes = [[], [8, 3], [2, 3], [10, 3, 2, 3], [5, 5], [14, 4], [1, 4]];
  const font = "12px " + getComputedStyle(document.body).fontFamily;
  const plots = new Map();
  const showEnd = (plot) => plot.setLegend({ idx: plot.data[0].length - 1 }, false);
  const draw = () => {
    const axis = { stroke: color("--soft"), font, labelFont: font, grid: { stroke: color("--line"), width: 1 }, ticks: { stroke: color("--line"), width: 1 } };
    charts.forEach((chart, index) => {
      const place = document.getElementById("chart-" + index);
      plots.get(place)?.destroy();
      plots.set(place, new uPlot({
        width: place.clientWidth, height: 288,
        scales: { x: { time: false } },
        hooks: { ready: [showEnd], setCursor: [(plot) => { if (plot.cursor.idx == null) showEnd(plot); }] },
        cursor: { drag: { x: false, y: false }, points: { size: 7 } },
        axes: [
          { ...axis, label: chart.xLabel, labelSize: 22, values: (_, ticks) => ticks.map(number) },
          { ...axis, label: chart.yLabel, labelSize: 22, size: 58, values: (_, ticks) => ticks.map(number) },
        ],
        series: [
          { label: chart.xLabel, value: (_, value) => number(value) },
          ...chart.series.map((series) => ({
            label: series.label, stroke: color("--series-" + series.color % 7), width: 2, dash: dashes[series.color % 7],
            spanGaps: true, points: { show: chart.x.length <= 40, size: 5, fill: color("--raised") }, value: (_, value) => number(value),
          })),
        ],
      }, [chart.x, ...chart.series.map((series) => series.values)], place));
    });
  };
  draw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  const resize = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const plot = plots.get(target);
      if (plot && target.clientWidth > 0 && plot.width !== target.clientWidth) plot.setSize({ width: target.clientWidth, height: 288 });
    }
  });
  for (const place of plots.keys()) resize.observe(place);
})();
`;
