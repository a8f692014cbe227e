import type { Likelihood } from "../../likelihoods/likelihood.ts";
import { Random } from "../../random/random.ts";
import { sizeOf } from "../../shape.ts";
import { columnBuffers } from "../../step/rows.ts";
import type { Symptom } from "../symptom.ts";

/** Share of grey values above which they are no rounding of black and white. */
const fewGrey = 0.01;

/** Examples that are looked at. */
const most = 100;

/**
 * Values between 0 and 1 under a Bernoulli likelihood: fed as they are, the cross-entropy is no likelihood of them (it is the mean over binary draws); binarized, the model explains
 * draws of the examples, not the examples. Source: Loaiza-Ganem and Cunningham 2019 (arXiv:1907.06845), section 2.
 */
export const greyBernoulli: Symptom = {
  async measure({ model, rows, seed }) {
    const names = Object.keys(model.example).filter((name) => isBernoulli(model.example[name]));
    if (names.length === 0) return undefined;
    const indices = Int32Array.from({ length: Math.min(most, rows.count) }, (_, i) => i);
    const asGiven = columnBuffers(model.columns, indices.length);
    await rows.fillInto(asGiven, { indices });
    const prepared = columnBuffers(model.columns, indices.length);
    await rows.fillInto(prepared, { indices, random: new Random(seed).fork("prepare") });
    const values = names.reduce(
      (n, name) => n + indices.length * sizeOf(model.example[name].column.shape),
      0,
    );
    const greyOf = (buffers: typeof asGiven): number =>
      names.reduce((n, name) => n + greyValues(buffers[name]), 0) / values;
    const isWarned = (rows.warnings ?? []).some((warning) => warning.includes("grey values"));
    return { grey: greyOf(asGiven), fed: greyOf(prepared), unchosen: isWarned ? 1 : 0 };
  },
  judge({ grey, fed, unchosen }) {
    if (grey < fewGrey) return undefined;
    const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
    const gaussian =
      'likelihood: { kind: "gaussian" } or "discretized-logistic" for grey values, or binarize: "dynamic" to model binary draws of them on purpose';
    if (fed >= fewGrey) {
      return {
        severity: "wrong",
        evidence: `${percent(fed)} of the values are between 0 and 1 and fed as they are to a Bernoulli, whose cross-entropy is no likelihood of them: ELBO and nll are those of binary draws that the encoder sees grey, not comparable with others`,
        advice: gaussian,
      };
    }
    if (unchosen === 0) return undefined;
    return {
      severity: "note",
      evidence: `${percent(grey)} of the values are grey and binarized anew at every visit, so that all figures are of binary draws`,
      advice: gaussian,
    };
  },
};

const isBernoulli = ({ kind, options = {} }: Likelihood): boolean =>
  kind === "bernoulli" ||
  (kind === "with-missing" && (options["of"] as { readonly kind?: string }).kind === "bernoulli");

function greyValues(values: Float32Array | Int32Array): number {
  let count = 0;
  for (const value of values) if (value > 0 && value < 1) count++;
  return count;
}
