import { colorsOf } from "./html.ts";
import { summarize } from "../results/aggregate.ts";
import type { Curve, ModelResult, Results } from "../results/schema.ts";

/** One line of a chart. */
export interface Series {
  readonly label: string;
  /** Which colour of the page's palette. */
  readonly color: number;
  /** One value per x; null where the line has none. */
  readonly values: readonly (number | null)[];
}

/** One chart of the report. */
export interface Chart {
  readonly title: string;
  readonly caption: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly x: readonly number[];
  readonly series: readonly Series[];
}

/** What a chart shows: the curve, in words. */
interface ChartKind {
  readonly curve: string;
  readonly title: string;
  readonly yLabel: string;
  readonly caption: string;
}

const startShare = 0.05;

const kinds: readonly ChartKind[] = [
  {
    curve: "distortion",
    title: "Distortion while training",
    yLabel: "nats per image",
    caption:
      "Reconstruction error −log p(x | z) of training batches. Every model has it, so the lines compare.",
  },
  {
    curve: "rate",
    title: "Rate while training",
    yLabel: "nats per image",
    caption:
      "What the latents of a training image cost under the prior, KL(q(z | x) ‖ p(z)). A rate that never changes (VQ-VAE) is left out.",
  },
  {
    curve: "heldOutDistortion",
    title: "Distortion on held-out images",
    yLabel: "nats per image",
    caption:
      "The same on the validation images that the trainer holds out, after each epoch. Where a line turns upwards while its training line falls, the model overfits.",
  },
  {
    curve: "heldOutBound",
    title: "Negative ELBO on held-out images",
    yLabel: "nats per image",
    caption:
      "Distortion plus rate, weights 1, on the validation images. Lower is better. A model with a constant rate (VQ-VAE) shows all it has to show to the left.",
  },
];

/**
 * The training curves of a comparison, each line the mean over the seeds of a model.
 *
 * @param results a comparison
 */
export function chartsOf(results: Results): readonly Chart[] {
  return kinds.flatMap((kind) => {
    const colors = colorsOf(results.models.map(({ name }) => name));
    const lines = results.models.flatMap((model) => {
      const color = colors.get(model.name) ?? 0;
      const whole = meanCurve(model, kind.curve);
      const curve = withoutStart(whole);
      return curve === undefined
        ? []
        : [{ label: model.title, color, curve, isCut: curve !== whole }];
    });
    return lines.length === 0 ? [] : [alignLines(kind, lines)];
  });
}

function meanCurve(model: ModelResult, name: string): Curve | undefined {
  const curves = model.seeds.flatMap((seed) => seed.curves[name] ?? []);
  const [first] = curves;
  if (first === undefined || first.steps.length === 0) return undefined;
  const length = Math.min(...curves.map((curve) => curve.steps.length));
  return {
    steps: first.steps.slice(0, length),
    values: first.values
      .slice(0, length)
      .map((_, index) => summarize(curves.map((curve) => curve.values[index])).mean),
  };
}

/** Leaves out the first steps of a long curve, whose fall from chance level would flatten all that follows. */
function withoutStart(curve: Curve | undefined): Curve | undefined {
  if (curve === undefined || curve.steps.length < 20) return curve;
  const start = curve.steps[curve.steps.length - 1] * startShare;
  const first = curve.steps.findIndex((step) => step >= start);
  return { steps: curve.steps.slice(first), values: curve.values.slice(first) };
}

function alignLines(
  kind: ChartKind,
  lines: readonly { label: string; color: number; curve: Curve; isCut: boolean }[],
): Chart {
  const x = [...new Set(lines.flatMap((line) => line.curve.steps))].sort((a, b) => a - b);
  const { title, yLabel } = kind;
  const caption = lines.some(({ isCut }) => isCut)
    ? `${kind.caption} The first twentieth, a fall from chance level, is left out.`
    : kind.caption;
  return {
    title,
    caption,
    yLabel,
    xLabel: "training step",
    x,
    series: lines.map(({ label, color, curve }) => {
      const byStep = new Map(curve.steps.map((step, index) => [step, curve.values[index]]));
      return { label, color, values: x.map((step) => byStep.get(step) ?? null) };
    }),
  };
}
