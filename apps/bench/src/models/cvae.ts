import { cvae } from "@elbo/cvae";
import type { CvaeOptions } from "@elbo/cvae";
import { classSamples, labelledInterpolations } from "../pictures/kinds.ts";
import type { ModelCase } from "./modelCase.ts";
import { withOptions } from "./network.ts";

/** The conditional variational autoencoder: encoder and decoder are told the class. */
export const cvaeCase: ModelCase = {
  name: "cvae",
  title: "CVAE",
  summary:
    "Encoder and decoder are told the class of the image, so the latent is left with what the class does not say. It is measured given the label, which the other models do not get.",
  needsLabels: true,
  pictures: [classSamples, labelledInterpolations],
  options: { latent: 16 },
  create: (setting, options) =>
    cvae({
      ...withOptions<Omit<CvaeOptions, "classes">>(setting, options),
      classes: setting.classes,
    }),
};
