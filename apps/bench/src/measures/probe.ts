import { linearProbe } from "@elbo/core";
import type { Measure } from "./measure.ts";
import type { MeasuredModel } from "./measuredModel.ts";

const hasVectors = ({ levels }: MeasuredModel): boolean => {
  const all = Object.values(levels);
  return all.length === 1 && all[0].latent.length === 1;
};

/** What the latents know about the classes. */
export const probe: Measure = {
  name: "probe",
  figures: [
    {
      key: "probeAccuracy",
      title: "Probe",
      unit: "accuracy",
      definition:
        "Share of held-out images whose class a linear classifier finds from their mean latents, trained on those of the training images. A conditional model was told the class. Higher is better.",
      digits: 3,
      better: "higher",
    },
  ],
  suits: ({ model, data }) => data.classes > 1 && hasVectors(model),
  async measure({ data, shared }) {
    const part = async (
      split: "train" | "test",
    ): Promise<Parameters<typeof linearProbe>[0]["train"]> => ({
      features: await shared.codes(split),
      labels: data[split].labels ?? [],
    });
    const accuracy = linearProbe({ train: await part("train"), test: await part("test") });
    return { figures: { probeAccuracy: accuracy } };
  },
};
