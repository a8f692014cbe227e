import { byId, colorOf } from "./dom.ts";
import type { Chart } from "../report/charts.ts";
import type uPlot from "uplot";

declare const window: { readonly uPlot: typeof uPlot };

const height = 288;
const dashes = [[], [8, 3], [2, 3], [10, 3, 2, 3], [5, 5], [14, 4], [1, 4]];

const label = (value: number | null): string =>
  value === null
    ? "–"
    : value.toLocaleString("en-US", { maximumFractionDigits: Math.abs(value) < 10 ? 2 : 1 });

/** Draws the charts into `#chart-0`, ... in the page's colours, again when those or the smoothing change, and fits them to their columns. */
export function drawCharts(charts: readonly Chart[]): void {
  const plots = new Map<HTMLElement, uPlot>();
  const slider = byId("smoothing") as HTMLInputElement | undefined;
  const draw = (): void => {
    charts.forEach((chart, index) => {
      const place = byId(`chart-${index}`);
      if (place === undefined) return;
      plots.get(place)?.destroy();
      plots.set(place, plot(chart, place, Number(slider?.value ?? 0)));
    });
  };
  draw();
  slider?.addEventListener("input", draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  const resize = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const known = plots.get(target as HTMLElement);
      const { clientWidth: width } = target;
      if (known !== undefined && width > 0 && known.width !== width)
        known.setSize({ width, height });
    }
  });
  for (const place of plots.keys()) resize.observe(place);
}

/** Exponentially weighted means, `y = w y + (1 - w) x`, without a start towards 0 (divided by the weights so far). */
export function smoothed(values: readonly (number | null)[], weight: number): (number | null)[] {
  let [sum, mass] = [0, 0];
  return values.map((value) => {
    if (value === null) return null;
    sum = weight * sum + (1 - weight) * value;
    mass = weight * mass + (1 - weight);
    return sum / mass;
  });
}

function plot(chart: Chart, place: HTMLElement, smoothing: number): uPlot {
  const font = `12px ${getComputedStyle(document.body).fontFamily}`;
  const line = { stroke: colorOf("--line"), width: 1 };
  const axis = {
    stroke: colorOf("--soft"),
    font,
    labelFont: font,
    grid: line,
    ticks: line,
    labelSize: 22,
    values: (_: uPlot, ticks: number[]) => ticks.map(label),
  };
  const showEnd = (drawn: uPlot): void => {
    drawn.setLegend({ idx: drawn.data[0].length - 1 }, false);
  };
  return new window.uPlot(
    {
      width: place.clientWidth,
      height,
      scales: { x: { time: false } },
      hooks: {
        ready: [showEnd],
        setCursor: [
          (drawn) => {
            if (drawn.cursor.idx === null || drawn.cursor.idx === undefined) showEnd(drawn);
          },
        ],
      },
      cursor: { drag: { x: false, y: false }, points: { size: 7 }, sync: { key: "step" } },
      axes: [
        { ...axis, label: chart.xLabel },
        { ...axis, label: chart.yLabel, size: 58 },
      ],
      series: [
        { label: chart.xLabel, value: (_, value: number | null) => label(value) },
        ...chart.series.map(({ label: name, color }) => ({
          label: name,
          stroke: colorOf(`--series-${color}`),
          width: 2,
          dash: dashes[color],
          spanGaps: true,
          points: { show: chart.x.length <= 40, size: 5, fill: colorOf("--raised") },
          value: (_: uPlot, value: number | null) => label(value),
        })),
      ],
    },
    [[...chart.x], ...chart.series.map(({ values }) => smoothed(values, smoothing))],
    place,
  );
}
