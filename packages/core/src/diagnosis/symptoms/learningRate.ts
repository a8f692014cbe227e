import type { StepRecord } from "../../training/history.ts";
import { isRate } from "../../model/elbo.ts";
import type { Symptom } from "../symptom.ts";

/** Fewer records than these say nothing about how a loss moves. */
const fewest = 8;

/** Share of all that was gained by which the loss may rise above where it began, and by which it may leap later on. */
const largest = { overshoot: 0.25, leap: 0.35 };

/**
 * The loss leaps: above where it began, or, in the second half of training, far above the level that it had reached. Both are counted as
 * shares of what training gained in all, and of loss, distortion and negative ELBO the calmest is taken, since each of them may
 * rise by itself while weights are still moving.
 */
export const learningRate: Symptom = {
  measure({ history }) {
    const steps = (history?.steps ?? []).filter(({ loss }) => Number.isFinite(loss));
    if (steps.length < fewest) return undefined;
    const curves = curvesOf(steps);
    return {
      overshoot: Math.min(...curves.map(overshootOf)),
      leap: Math.min(...curves.map(leapOf)),
    };
  },
  judge({ overshoot, leap }) {
    const isOver = overshoot > largest.overshoot;
    if (!isOver && leap <= largest.leap) return undefined;
    const share = (value: number): string => `${(100 * value).toPrecision(2)} %`;
    return {
      severity: "wrong",
      evidence: isOver
        ? `after the first step the loss rose by ${share(overshoot)} of all that training gained later`
        : `in the second half of training the loss leapt by ${share(leap)} of all that training had gained`,
      advice: "a learning rate three to ten times smaller, one that falls (cosine), or clipNorm: 1",
    };
  },
};

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

/** How far a curve rises above its first value, as a share of what it falls by in all. */
function overshootOf(curve: readonly number[]): number {
  const [first] = curve;
  const gained = Math.max(first - Math.min(...curve), Number.EPSILON);
  return Math.max(...curve.slice(1).map((value) => value - first), 0) / gained;
}

/** The largest rise above the lowest level so far in the second half, levels being medians of three neighbours. */
function leapOf(curve: readonly number[]): number {
  const levels = curve.slice(2).map((_, i) => curve.slice(i, i + 3).toSorted((a, b) => a - b)[1]);
  const gained = Math.max(curve[0] - Math.min(...levels), Number.EPSILON);
  let lowest = Infinity;
  let largestRise = 0;
  levels.forEach((level, i) => {
    lowest = Math.min(lowest, level);
    if (i >= levels.length / 2) largestRise = Math.max(largestRise, level - lowest);
  });
  return largestRise / gained;
}
