/** A drawing of curves with their spread over seeds, as an SVG file that needs nothing else. */
import { axis } from "../../src/report/plane.ts";
import type { Axis } from "../../src/report/plane.ts";

/** What was measured at one setting, a value of each seed. */
export interface CurvePoint {
  readonly label: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** Points that are joined in their order. */
export interface Curve {
  readonly name: string;
  readonly points: readonly CurvePoint[];
}

/** One frame with its axes. */
export interface Panel {
  readonly x: string;
  readonly y: string;
  readonly curves: readonly Curve[];
}

const size = { width: 460, height: 380, left: 56, right: 16, top: 40, bottom: 48 };
/** Told apart by people who do not tell red from green (Okabe and Ito 2008). */
const colors = ["#0072b2", "#d55e00", "#009e73", "#cc79a7"];

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** The sample standard deviation, 0 of one value. */
function deviationOf(values: readonly number[]): number {
  const mean = meanOf(values);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1));
}

/** What is drawn of values: themselves and the whiskers' ends. */
const extent = (values: readonly number[]): number[] => {
  const [mean, deviation] = [meanOf(values), deviationOf(values)];
  return [...values, mean - deviation, mean + deviation];
};

/**
 * Panels side by side: a small dot for every seed, whiskers of one sample standard deviation through the mean of each point.
 *
 * @returns the text of an SVG file
 */
export function curvesSvg(panels: readonly Panel[]): string {
  const width = panels.length * size.width;
  const legend = panels[0].curves.map(
    ({ name }, i) =>
      `<circle cx="${size.left + 8 + i * 130}" cy="18" r="5" fill="${colors[i]}"/><text x="${size.left + 18 + i * 130}" y="22">${name}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${size.height}" width="${width}" height="${size.height}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#fff"/>
${legend.join("\n")}
${panels.map((panel, i) => `<g transform="translate(${i * size.width} 0)">\n${drawPanel(panel).join("\n")}\n</g>`).join("\n")}
</svg>
`;
}

function drawPanel({ x: xTitle, y: yTitle, curves }: Panel): string[] {
  const { left, right, top, bottom, width, height } = size;
  const points = curves.flatMap((curve) => curve.points);
  const x = axis(
    points.flatMap((point) => extent(point.x)),
    [left, width - right],
  );
  const y = axis(
    points.flatMap((point) => extent(point.y)),
    [height - bottom, top],
  );
  const grid = [
    ...x.ticks.map(
      (tick) =>
        `<line stroke="#ddd" x1="${x.at(tick)}" x2="${x.at(tick)}" y1="${top}" y2="${height - bottom}"/><text x="${x.at(tick)}" y="${height - bottom + 18}" text-anchor="middle">${tick}</text>`,
    ),
    ...y.ticks.map(
      (tick) =>
        `<line stroke="#ddd" y1="${y.at(tick)}" y2="${y.at(tick)}" x1="${left}" x2="${width - right}"/><text x="${left - 6}" y="${y.at(tick) + 4}" text-anchor="end">${tick}</text>`,
    ),
    `<text x="${(left + width - right) / 2}" y="${height - 10}" text-anchor="middle">${xTitle}</text>`,
    `<text transform="translate(14 ${(top + height - bottom) / 2}) rotate(-90)" text-anchor="middle">${yTitle}</text>`,
  ];
  return [...grid, ...curves.flatMap((curve, i) => drawCurve(curve, { x, y, color: colors[i] }))];
}

function drawCurve(
  { points }: Curve,
  { x, y, color }: { readonly x: Axis; readonly y: Axis; readonly color: string },
): string[] {
  const means = points.map((point) => ({ x: meanOf(point.x), y: meanOf(point.y) }));
  const path = means.map((mean) => `${x.at(mean.x)},${y.at(mean.y)}`).join(" ");
  return [
    `<polyline points="${path}" fill="none" stroke="${color}" stroke-width="1.5"/>`,
    ...points.flatMap((point, i) => {
      const mean = means[i];
      const [dx, dy] = [deviationOf(point.x), deviationOf(point.y)];
      return [
        ...point.x.map(
          (value, s) =>
            `<circle cx="${x.at(value)}" cy="${y.at(point.y[s])}" r="2.5" fill="${color}" opacity=".45"/>`,
        ),
        `<path d="M${x.at(mean.x - dx)} ${y.at(mean.y)}H${x.at(mean.x + dx)}M${x.at(mean.x)} ${y.at(mean.y - dy)}V${y.at(mean.y + dy)}" stroke="${color}" stroke-width="1.5"/>`,
        `<text x="${x.at(mean.x) + 6}" y="${y.at(mean.y) - 6}" fill="${color}">${point.label}</text>`,
      ];
    }),
  ];
}
