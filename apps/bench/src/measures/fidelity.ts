import { estimateOf, psnr, ssim } from "@elbo/core";
import { isPictured, toUnit } from "../data/benchData.ts";
import type { Measure } from "./measure.ts";

/** How much reconstructions look like the images. */
export const fidelity: Measure = {
  name: "fidelity",
  figures: [
    {
      key: "psnr",
      title: "PSNR",
      unit: "dB",
      definition:
        "Peak signal-to-noise ratio of reconstructions of held-out images, 10 log10(1 / MSE) of each, averaged over images. Higher is better.",
      digits: 2,
      better: "higher",
    },
    {
      key: "ssim",
      title: "SSIM",
      unit: "",
      definition:
        "Structural similarity of reconstructions to held-out images (Wang et al. 2004, Gaussian window of 11 pixels), averaged over images; 1 is equal. Higher is better.",
      digits: 3,
      better: "higher",
    },
  ],
  suits: ({ data }) => isPictured(data),
  async measure({ data, shared }) {
    const given = toUnit(data.test);
    const back = await shared.reconstructions();
    const examples = { psnr: psnr(given, back), ssim: ssim(given, back) };
    return {
      figures: { psnr: estimateOf(examples.psnr), ssim: estimateOf(examples.ssim) },
      examples,
    };
  },
};
