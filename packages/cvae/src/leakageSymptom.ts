import { logisticRegression } from "@elbo/core";
import type { ExaminedRun, Examples, NdArray, Symptom } from "@elbo/core";
import { isLeaking, labelLeakage } from "./labelLeakage.ts";

/** Of the way from chance to certainty, the part that a classifier must have gone on own labels, or it cannot tell. */
const leastSeen = 0.3;

/** The label goes through the latents in the place of the condition, told by labels swapped between encoder and decoder; see {@link labelLeakage}. */
export const leakageSymptom: Symptom = {
  async measure(run) {
    const halves = labelledHalves(run);
    if (halves === undefined) return undefined;
    const [train, test] = halves;
    const { own, swapped, kept, probeOfRest, chance } = await labelLeakage(
      run.model as Parameters<typeof labelLeakage>[0],
      {
        train,
        test,
        classifier: linearClassifier(train),
        seed: run.seed,
      },
    );
    return {
      own: own.mean,
      swapped: swapped.mean,
      kept: kept.mean,
      probeOfRest: probeOfRest.mean,
      chance,
      leaks: Number(isLeaking(own, swapped)),
    };
  },
  judge({ own, swapped, kept, probeOfRest, chance, leaks }) {
    const isSeen = own - chance > leastSeen * (1 - chance);
    if (!isSeen || leaks === 0) return undefined;
    const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
    return {
      severity: "wrong",
      evidence: `decoded with another label, ${percent(swapped)} of the examples show it and ${percent(kept)} still show their own (with their own label ${percent(own)}); a linear probe finds the label in what the prior leaves of the latents in ${percent(probeOfRest)} (chance ${percent(chance)})`,
      advice:
        'prior: "conditional", fewer latents, a larger weight of the KL divergence, or more epochs',
    };
  },
};

/** Two halves of the examples, where they are in memory and the model is told one class label and nothing else. */
function labelledHalves({ model, data, rows }: ExaminedRun): [Labelled, Labelled] | undefined {
  const { columns = {} } = (model.condition?.options ?? {}) as {
    readonly columns?: Readonly<Record<string, { readonly kind: string; classes?: number }>>;
  };
  const [label, ...others] = Object.entries(columns);
  const isLabel = label?.[0] === "label" && label[1].kind === "class" && others.length === 0;
  const { labels, ...x } = data as Partial<Examples>;
  const isHere = ArrayBuffer.isView(x.data) && labels !== undefined && x.shape !== undefined;
  if (!isLabel || !isHere || (label[1].classes ?? 0) < 2 || rows.count < 4) return undefined;
  const all = { data: x.data, shape: x.shape, labels: Int32Array.from(labels as Int32Array) };
  const half = Math.floor(rows.count / 2);
  return [part(all as Labelled, 0, half), part(all as Labelled, half, rows.count)];
}

type Labelled = NdArray & { readonly labels: Int32Array };

function part({ data, shape, labels }: Labelled, from: number, to: number): Labelled {
  const size = data.length / shape[0];
  return {
    data: data.slice(from * size, to * size),
    shape: [to - from, ...shape.slice(1)],
    labels: labels.slice(from, to),
  };
}

/** Tells classes by the values of examples themselves, grey levels brought to [0, 1]. */
function linearClassifier(learn: Labelled): { predict(x: NdArray): Promise<NdArray> } {
  const { logProbabilities, classes } = logisticRegression({
    features: flat(learn),
    labels: learn.labels,
  });
  return {
    predict(x) {
      const { data } = logProbabilities(flat(x));
      const count = x.shape[0];
      const labels = Int32Array.from({ length: count }, (_, i) => {
        const own = data.subarray(i * classes, (i + 1) * classes);
        return own.indexOf(Math.max(...own));
      });
      return Promise.resolve({ data: labels, shape: [count] });
    },
  };
}

function flat({ data, shape }: NdArray): NdArray<Float32Array> {
  const white = data instanceof Float32Array ? 1 : 255;
  const [count] = shape;
  return {
    data: Float32Array.from(data, (value) => value / white),
    shape: [count, data.length / count],
  };
}
