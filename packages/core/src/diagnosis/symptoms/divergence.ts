import type { StepRecord } from "../../training/history.ts";
import type { Symptom } from "../symptom.ts";

/** Training stopped at a value that was not finite, or the weights give such values now. */
export const divergence: Symptom = {
  measure({ history, evaluation }) {
    const isFiniteNow = Number.isFinite(evaluation.distortion.mean);
    if (isFiniteNow && (history === undefined || history.steps.length === 0)) return undefined;
    const steps = history?.steps ?? [];
    const at = steps.findIndex((record) => !valuesOf(record).every(Number.isFinite));
    const finite = (at < 0 ? steps : steps.slice(0, at)).map(({ loss }) => loss);
    return {
      step: at < 0 ? -1 : steps[at].step,
      first: finite[0] ?? NaN,
      last: finite.at(-1) ?? NaN,
      now: isFiniteNow ? 1 : 0,
    };
  },
  judge({ step, first, last, now }) {
    if (step < 0 && now === 1) return undefined;
    const before = Number.isFinite(first)
      ? `; the loss was ${first.toPrecision(4)} at first and ${last.toPrecision(4)} before`
      : "";
    return {
      severity: "wrong",
      evidence:
        step < 0
          ? "-log p(x|z) of held-out examples is not finite"
          : `a term was not finite at step ${step}${before}`,
      advice:
        "a learning rate ten times smaller, clipNorm: 1, and values of mean 0 and deviation 1 (standardize: true for tables)",
    };
  },
};

const valuesOf = ({ loss, terms }: StepRecord): number[] => [loss, ...Object.values(terms)];
