import { formatNumber, headingOf } from "../results/format.ts";
import { shownColumns } from "../results/table.ts";
import { colorsOf, escape } from "./html.ts";
import { axis } from "./plane.ts";
import type { Column } from "../results/columns.ts";
import type { Results } from "../results/schema.ts";

const size = { width: 320, row: 22, left: 10, right: 10, top: 6, bottom: 22 };

/**
 * Every number of the table as points, one for each seed: whether rows lie apart by more than their seeds do.
 *
 * @returns a section, or nothing where there is one seed only
 */
export function dotsSection(results: Results): string {
  if (results.models.every(({ seeds }) => seeds.length < 2)) return "";
  const columns = shownColumns(results).filter(({ key }) => key !== "parameters");
  return `<section aria-labelledby="seeds">
<h2 id="seeds">Every seed</h2>
<p>The numbers of the table as points, one for each training; the upright line is the mean. Rows stand in the table's order.</p>
<div class="figures dots">
${columns.map((column) => drawing(column, results)).join("\n")}
</div>
</section>`;
}

function drawing(column: Column, results: Results): string {
  const colors = colorsOf(results.models.map(({ name }) => name));
  const rows = results.models
    .map((model) => ({
      model,
      values: model.seeds.flatMap((seed) => {
        const value = column.value(seed);
        return value === undefined ? [] : [{ seed: seed.seed, value }];
      }),
    }))
    .filter(({ values }) => values.length > 0);
  const x = axis(
    rows.flatMap(({ values }) => values.map(({ value }) => value)),
    [size.left, size.width - size.right],
  );
  const height = size.top + rows.length * size.row + size.bottom;
  const marks = rows.map(({ model, values }, i) => {
    const y = size.top + (i + 0.5) * size.row;
    const color = `var(--series-${colors.get(model.name)})`;
    const mean = x.at(values.reduce((sum, { value }) => sum + value, 0) / values.length);
    const dots = values.map(
      ({ seed, value }) =>
        `<circle cx="${x.at(value)}" cy="${y}" r="4" fill="${color}" opacity=".7"><title>${escape(model.title)}, seed ${seed}: ${formatNumber(value, column.digits)}</title></circle>`,
    );
    return `<line x1="${mean}" x2="${mean}" y1="${y - 8}" y2="${y + 8}" stroke="${color}" stroke-width="2"/>${dots.join("")}`;
  });
  const ticks = x.ticks.map(
    (tick) =>
      `<line class="grid" x1="${x.at(tick)}" x2="${x.at(tick)}" y1="${size.top}" y2="${height - size.bottom}"/><text class="tick" x="${x.at(tick)}" y="${height - 6}" text-anchor="middle">${formatNumber(tick, Math.max(0, Math.min(4, 1 - Math.floor(Math.log10(x.high - x.low)))))}</text>`,
  );
  return `<figure class="card"><h3>${escape(headingOf(column))}</h3><svg class="drawing" viewBox="0 0 ${size.width} ${height}" role="img" aria-label="${escape(`${headingOf(column)} of every seed, as points.`)}">${ticks.join("")}${marks.join("")}</svg></figure>`;
}
