import type { EpochRecord } from "../../training/history.ts";
import type { Symptom } from "../symptom.ts";

/** Share of the fall of the distortion in training by which the held-out one may rise again, and by which it may be higher. */
const largest = { rise: 0.05, gap: 0.05 };

/**
 * Held-out examples get worse while training examples get better. Distortions are compared, whose weight does not change while training
 * goes on; rise and gap are shares of what the training distortion fell by from the first step on.
 */
export const overfitting: Symptom = {
  measure({ history, evaluation }) {
    const epochs = history?.epochs ?? [];
    const first = history?.steps[0]?.terms["distortion"];
    const last = epochs.at(-1)?.training["distortion"];
    if (first === undefined || last === undefined || !(first > last)) return undefined;
    const fallen = first - last;
    const held = epochs.flatMap((epoch) => heldOut(epoch));
    const end = held.at(-1) ?? evaluation.distortion.mean;
    const rise = held.length === 0 ? 0 : (end - Math.min(...held)) / fallen;
    return { rise, gap: (end - last) / fallen, best: Math.min(...held, end), end, training: last };
  },
  judge({ rise, gap, best, end, training }) {
    const rises = rise > largest.rise;
    if (!rises && gap <= largest.gap) return undefined;
    const nats = (value: number): string => `${value.toPrecision(4)} nats`;
    return {
      severity: "wrong",
      evidence: rises
        ? `the held-out distortion rose from ${nats(best)} to ${nats(end)} while that of training fell to ${nats(training)}`
        : `the held-out distortion is ${nats(end)}, that of training ${nats(training)}`,
      advice:
        "more or augmented examples, earlyStopping, a smaller network or latent, or a larger weight of the KL divergence",
    };
  },
};

const heldOut = ({ validation }: EpochRecord): number[] => {
  const distortion = validation?.["distortion"];
  return distortion === undefined ? [] : [distortion];
};
