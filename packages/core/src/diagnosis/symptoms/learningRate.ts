import type { NdArray } from "@elbo/jit";
import type { StepRecord } from "../../training/history.ts";
import { isRate } from "../../model/elbo.ts";
import { posteriorRows } from "../../operations/posterior.ts";
import { Random } from "../../random/random.ts";
import type { ExaminedRun, Symptom } from "../symptom.ts";

/** Fewer records than these say nothing about how a loss moves. */
const fewest = 8;

/** Share of all that was gained by which the loss may rise above where it began, and by which it may leap later on. */
const largest = { overshoot: 1, leap: 0.35 };

/**
 * Units that died: posteriors are the same for all examples, or the decoder explains every one with the latents of another exactly as
 * well, to the last bit. A posterior that collapsed for other reasons leaves small differences; large steps take rectified units to where
 * they are 0 for all examples, and leave them there. Or the loss leaps: above where it began, or, in the second half of training, far above the level that it had reached. Both are counted as
 * shares of what training gained in all, and of loss, distortion and negative ELBO the calmest is taken, since each of them may
 * rise by itself while weights are still moving.
 */
export const learningRate: Symptom = {
  async measure(run) {
    const { history } = run;
    const steps = (history?.steps ?? []).filter(({ loss, terms }) =>
      [loss, ...Object.values(terms)].every(Number.isFinite),
    );
    if (steps.length < fewest) return undefined;
    const curves = curvesOf(steps);
    return {
      dead: (await isDead(run)) ? 1 : 0,
      overshoot: Math.min(...curves.map(overshootOf)),
      leap: Math.min(...curves.map(leapOf)),
    };
  },
  judge({ dead, overshoot, leap }) {
    const evidence = evidenceOf(dead, overshoot, leap);
    if (evidence === undefined) return undefined;
    return {
      severity: "wrong",
      evidence,
      advice: "a learning rate three to ten times smaller, one that falls (cosine), or clipNorm: 1",
    };
  },
};

/** Examples by which units are judged. */
const most = 64;

/** Whether encoder or decoder gives the same for all examples, to the last bit. */
async function isDead(run: ExaminedRun): Promise<boolean> {
  const gain = (await run.collapse())?.gain;
  if (gain !== undefined) return gain.mean === 0 && gain.standardError === 0;
  const { model, seed, compute } = run;
  const rows = { ...run.rows, count: Math.min(run.rows.count, most) };
  if (rows.count < 2) return false;
  const random = new Random(seed).fork("learningRate");
  const levels = await posteriorRows(model, rows, { draws: 0, random, compute });
  return Object.values(levels).every((parameters) => Object.values(parameters).every(isConstant));
}

/** Whether all rows of an array are the same. */
function isConstant({ data, shape }: NdArray): boolean {
  const size = data.length / shape[0];
  return data.every((value, i) => value === data[i % size]);
}

function evidenceOf(dead: number, overshoot: number, leap: number): string | undefined {
  const share = (value: number): string => `${(100 * value).toPrecision(2)} %`;
  if (dead > 0) {
    return "encoder or decoder gives exactly the same for all examples: its hidden units are 0 for every one and learn no more";
  }
  if (overshoot > largest.overshoot) {
    return `after the first step the loss rose by ${share(overshoot)} of all that training gained later`;
  }
  return leap > largest.leap
    ? `in the second half of training the loss leapt by ${share(leap)} of all that training had gained`
    : undefined;
}

/** Loss, distortion and negative ELBO over steps, as far as there are such. */
function curvesOf(steps: readonly StepRecord[]): number[][] {
  const curves = [steps.map(({ loss }) => loss)];
  const names = Object.keys(steps[0].terms);
  const rates = names.filter(isRate);
  if (names.includes("distortion")) {
    curves.push(steps.map(({ terms }) => terms["distortion"]));
    curves.push(
      steps.map(({ terms }) => rates.reduce((sum, rate) => sum + terms[rate], terms["distortion"])),
    );
  }
  return curves;
}

/** How far levels rise above the first value, as a share of what the curve falls by in all. */
function overshootOf(curve: readonly number[]): number {
  const [first] = curve;
  const gained = Math.max(first - Math.min(...curve), Number.EPSILON);
  return Math.max(...levelsOf(curve.slice(1)).map((value) => value - first), 0) / gained;
}

/** The largest rise above the lowest level so far in the second half. */
function leapOf(curve: readonly number[]): number {
  const levels = levelsOf(curve);
  const gained = Math.max(curve[0] - Math.min(...levels), Number.EPSILON);
  let lowest = Infinity;
  let largestRise = 0;
  levels.forEach((level, i) => {
    lowest = Math.min(lowest, level);
    if (i >= levels.length / 2) largestRise = Math.max(largestRise, level - lowest);
  });
  return largestRise / gained;
}

/** Medians of three neighbours: a single batch is no level. */
const levelsOf = (curve: readonly number[]): number[] =>
  curve.slice(2).map((_, i) => curve.slice(i, i + 3).toSorted((a, b) => a - b)[1]);
