import { estimateOf, psnr, ssim } from "@elbo/core";
import { isPictured, toUnit } from "../data/benchData.ts";
import type { Estimate, NdArray } from "@elbo/core";
import type { Measure, MeasureContext } from "./measure.ts";

/** How much reconstructions look like the images. */
export const fidelity: Measure = {
  name: "fidelity",
  figures: [
    {
      key: "psnr",
      title: "PSNR",
      unit: "dB",
      definition:
        "Peak signal-to-noise ratio of reconstructions of held-out images, 10 log10(1 / MSE) of each, averaged over images. Higher is better. In the row of a codebook of a residual quantizer: of images decoded from this codebook and those before it.",
      digits: 2,
      better: "higher",
    },
    {
      key: "ssim",
      title: "SSIM",
      unit: "",
      definition:
        "Structural similarity of reconstructions to held-out images (Wang et al. 2004, Gaussian window of 11 pixels), averaged over images; 1 is equal. Higher is better. Of single codebooks as PSNR.",
      digits: 3,
      better: "higher",
    },
  ],
  suits: ({ data }) => isPictured(data),
  async measure({ model, data, shared }) {
    const given = toUnit(data.test);
    const back = await shared.reconstructions();
    const examples = { psnr: psnr(given, back), ssim: ssim(given, back) };
    const whole = { psnr: estimateOf(examples.psnr), ssim: estimateOf(examples.ssim) };
    return {
      figures: { ...whole, ...(await ofPrefixes({ model, shared }, { given, whole })) },
      examples,
    };
  },
};

interface Alike {
  readonly psnr: Estimate;
  readonly ssim: Estimate;
}

/**
 * `psnr0`, `ssim0` and so on: of images decoded from the first codebook, the first two, ..., where codes have prefixes. Those of all
 * codebooks are `whole`, of the reconstructions.
 */
async function ofPrefixes(
  { model, shared }: Pick<MeasureContext, "model" | "shared">,
  { given, whole }: { readonly given: NdArray; readonly whole: Alike },
): Promise<Record<string, Estimate>> {
  const [level, ...others] = Object.values(model.levels);
  if (others.length > 0 || level.codeSpec?.hasPrefixes !== true) return {};
  const codes = await shared.codes("test");
  const depths = codes.shape.at(-1) ?? 0;
  const figures: Record<string, Estimate> = {};
  const say = (last: number, alike: Alike): void => {
    figures[`psnr${last}`] = alike.psnr;
    figures[`ssim${last}`] = alike.ssim;
  };
  for (let last = 0; last < depths - 1; last++) {
    const decoded = await model.decode(prefix(codes, last + 1));
    say(last, {
      psnr: estimateOf(psnr(given, decoded)),
      ssim: estimateOf(ssim(given, decoded)),
    });
  }
  say(depths - 1, whole);
  return figures;
}

/** The first `kept` indices of every position. */
function prefix({ data, shape }: NdArray, kept: number): NdArray {
  const depths = shape.at(-1) ?? 0;
  const out = new Int32Array((data.length / depths) * kept);
  for (let i = 0; i < out.length; i++) out[i] = data[Math.floor(i / kept) * depths + (i % kept)];
  return { data: out, shape: [...shape.slice(0, -1), kept] };
}
