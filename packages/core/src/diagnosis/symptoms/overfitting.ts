import { elboOf } from "../../model/elbo.ts";
import type { Evaluation } from "../../evaluation/evaluate.ts";
import type { StepRecord } from "../../training/history.ts";
import type { ExaminedRun, Symptom } from "../symptom.ts";
import { scaleOfDistortion } from "./klWeight.ts";

/**
 * Standard deviations between examples by which held-out figures may rise again, and by which they may be worse than those of training,
 * beyond two standard errors: a medium effect in the sense of Cohen 1988.
 */
const largest = { rise: 0.1, gap: 0.5 };

/** Part of the training, from its end backwards, whose batches stand for training: single ones vary. */
const recent = 0.1;

/**
 * Held-out examples get worse while training examples get better. Negative ELBOs are compared (distortions where there is no rate), with
 * weights 1 whatever the schedule is at. Rise and gap are in standard deviations between held-out examples: what training gained since
 * its first step says more of the untrained model than of this one.
 */
export const overfitting: Symptom = {
  async measure(run) {
    const { history } = run;
    const training = meanOfRecent(history?.steps ?? []);
    if (history === undefined || training === undefined) return undefined;
    const now = boundOf(run, await scaleOfDistortion(run));
    const held = history.epochs.flatMap(({ training: terms, validation }) => {
      const [own, trained] = [negativeElbo(validation ?? {}), negativeElbo(terms)];
      return own === undefined || trained === undefined ? [] : [{ own, trained }];
    });
    const last = held.at(-1)?.own ?? now.bound;
    const best = held.reduce((least, epoch) => (epoch.own < least.own ? epoch : least), {
      own: last,
      trained: Infinity,
    });
    const rise = training < best.trained ? last - best.own : 0;
    return {
      rise: rise / now.deviation,
      gap: (now.bound - training) / now.deviation,
      gapError: 1 / Math.sqrt(run.rows.count),
      ...{ best: best.own, last, bound: now.bound, training },
    };
  },
  judge({ rise, gap, gapError, best, last, bound, training }) {
    const rises = rise > largest.rise;
    if (!rises && !(gap - 2 * gapError > largest.gap)) return undefined;
    const nats = (value: number): string => `${value.toPrecision(4)} nats`;
    return {
      severity: "wrong",
      evidence: rises
        ? `the held-out negative ELBO rose from ${nats(best)} to ${nats(last)} while that of training fell to ${nats(training)}`
        : `the held-out negative ELBO is ${nats(bound)}, that of training ${nats(training)}, better by ${gap.toPrecision(2)} standard deviations between examples`,
      advice:
        "more or augmented examples, earlyStopping, a smaller network or latent, or a larger weight of the KL divergence",
    };
  },
};

/** Distortion and rates together; the distortion where there is no rate. */
function negativeElbo(terms: Readonly<Record<string, number>>): number | undefined {
  const elbo = elboOf(terms);
  return elbo === undefined ? terms["distortion"] : -elbo;
}

/** Of the last steps, mean. */
function meanOfRecent(steps: readonly StepRecord[]): number | undefined {
  const values = steps
    .slice(-Math.ceil(recent * steps.length))
    .map(({ terms }) => negativeElbo(terms));
  const known = values.filter((value) => value !== undefined);
  if (known.length === 0) return undefined;
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** The bound now, and its standard deviation between examples, in the unit that the objective's distortion has. */
function boundOf(
  { evaluation, rows }: ExaminedRun,
  scale: number,
): { readonly bound: number; readonly deviation: number } {
  const { elbo, distortion } = evaluation as Partial<Evaluation<string>> & Evaluation;
  const { standardError } = elbo ?? distortion;
  const rate = elbo === undefined ? 0 : -elbo.mean - distortion.mean;
  return {
    bound: scale * distortion.mean + rate,
    deviation: scale * standardError * Math.sqrt(rows.count),
  };
}
