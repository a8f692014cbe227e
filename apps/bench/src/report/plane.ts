import { formatNumber } from "../results/format.ts";
import { colorsOf, escape } from "./html.ts";
import type { ModelResult, Results } from "../results/schema.ts";

/** Width, height and margins of a drawing, in its own units. */
const size = { width: 640, height: 400, left: 64, right: 20, top: 16, bottom: 48 };

interface Place {
  readonly model: ModelResult;
  readonly seed: number;
  readonly rate: number;
  readonly distortion: number;
}

/**
 * Rows as points in the plane of rate and distortion, a small one for every seed and a large one for their mean, over lines of equal
 * ELBO (Alemi et al. 2018, arXiv:1711.00464).
 *
 * @returns a section, or nothing without two rows that have a rate
 */
export function planeSection(results: Results): string {
  const colors = colorsOf(results.models.map(({ name }) => name));
  const places = results.models.flatMap(placesOf);
  if (new Set(places.map(({ model }) => model)).size < 2) return "";
  const x = axis(
    places.map(({ rate }) => rate),
    [size.left, size.width - size.right],
  );
  const y = axis(
    places.map(({ distortion }) => distortion),
    [size.height - size.bottom, size.top],
  );
  const dots = places.map(
    ({ model, seed, rate, distortion }) =>
      `<circle cx="${x.at(rate)}" cy="${y.at(distortion)}" r="3.5" fill="var(--series-${colors.get(model.name)})" opacity=".55"><title>${escape(model.title)}, seed ${seed}: rate ${formatNumber(rate, 1)}, distortion ${formatNumber(distortion, 1)} nats</title></circle>`,
  );
  const means = results.models.flatMap((model) => {
    const { rate, distortion } = model.columns;
    if (rate === undefined || distortion === undefined) return [];
    const [cx, cy] = [x.at(rate.mean), y.at(distortion.mean)];
    const toLeft = cx > size.width * 0.7;
    return [
      `<circle cx="${cx}" cy="${cy}" r="7" fill="none" stroke="var(--series-${colors.get(model.name)})" stroke-width="2.5"/><text x="${cx + (toLeft ? -12 : 12)}" y="${cy + 4}"${toLeft ? ' text-anchor="end"' : ""}>${escape(model.title)}</text>`,
    ];
  });
  return `<section aria-labelledby="plane">
<h2 id="plane">Rate and distortion</h2>
<p>What the latents of an image cost, and what is lost with them. A small point is a seed, a ring the mean over the seeds. Dashed lines join what has the same ELBO; towards the lower left it is higher.</p>
<figure class="card wide"><svg class="drawing" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${escape(described(results.models))}">
${[...frame(x, y), ...equalBounds(x, y), ...dots, ...means].join("\n")}
</svg></figure>
</section>`;
}

function placesOf(model: ModelResult): Place[] {
  return model.seeds.flatMap(({ seed, metrics }) => {
    const [rate, distortion] = [metrics["rate"]?.mean, metrics["distortion"]?.mean];
    return rate === undefined || distortion === undefined
      ? []
      : [{ model, seed, rate, distortion }];
  });
}

function described(models: readonly ModelResult[]): string {
  const parts = models.flatMap(({ title, columns: { rate, distortion } }) =>
    rate === undefined || distortion === undefined
      ? []
      : [
          `${title} at rate ${formatNumber(rate.mean, 1)} and distortion ${formatNumber(distortion.mean, 1)}`,
        ],
  );
  return `Points in the plane of rate and distortion, in nats per image: ${parts.join("; ")}.`;
}

/** One axis: where a value lies, and its ticks. */
export interface Axis {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
  /** Position in units of the drawing, to a tenth. */
  at(value: number): number;
}

/** An axis over values with round ticks and a margin of a twentieth. */
export function axis(values: readonly number[], [from, to]: readonly [number, number]): Axis {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const margin = (most - least || Math.abs(most) || 1) * 0.07;
  const [low, high] = [least - margin, most + margin];
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(low / step);
  const ticks = Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
  return {
    low,
    high,
    ticks,
    at: (value) => Math.round(10 * (from + ((value - low) / (high - low)) * (to - from))) / 10,
  };
}

function frame(x: Axis, y: Axis): string[] {
  const { left, right, top, bottom, width, height } = size;
  return [
    ...x.ticks.map(
      (tick) =>
        `<line class="grid" x1="${x.at(tick)}" x2="${x.at(tick)}" y1="${top}" y2="${height - bottom}"/><text class="tick" x="${x.at(tick)}" y="${height - bottom + 18}" text-anchor="middle">${formatNumber(tick, 0)}</text>`,
    ),
    ...y.ticks.map(
      (tick) =>
        `<line class="grid" y1="${y.at(tick)}" y2="${y.at(tick)}" x1="${left}" x2="${width - right}"/><text class="tick" x="${left - 8}" y="${y.at(tick) + 4}" text-anchor="end">${formatNumber(tick, 0)}</text>`,
    ),
    `<text class="tick" x="${(left + width - right) / 2}" y="${height - 8}" text-anchor="middle">rate, nats per image</text>`,
    `<text class="tick" transform="translate(16 ${(top + height - bottom) / 2}) rotate(-90)" text-anchor="middle">distortion, nats per image</text>`,
  ];
}

/** Lines `rate + distortion = constant`, cut to the frame. */
function equalBounds(x: Axis, y: Axis): string[] {
  const sums = axis([x.low + y.low, x.high + y.high], [0, 1]).ticks;
  return sums.flatMap((sum) => {
    const from = Math.max(x.low, sum - y.high);
    const to = Math.min(x.high, sum - y.low);
    if (to <= from) return [];
    return [
      `<line class="equal" x1="${x.at(from)}" y1="${y.at(sum - from)}" x2="${x.at(to)}" y2="${y.at(sum - to)}"><title>ELBO −${formatNumber(sum, 0)} nats</title></line>`,
    ];
  });
}
