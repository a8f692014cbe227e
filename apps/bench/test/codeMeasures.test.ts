/** The measures of codes and of a prior over them, on trained models of one codebook, of several, and of two levels. */
import { adam, estimateOf, psnr, train } from "@elbo/core";
import { sprites } from "@elbo/datasets";
import { hierarchicalVqVae, vqVae } from "@elbo/vq-vae";
import { expect, test, vi } from "vitest";
import { toUnit } from "../src/data/benchData.ts";
import { cutData } from "../src/data/loadData.ts";
import { codePrior } from "../src/measures/codePrior.ts";
import { codes } from "../src/measures/codes.ts";
import { fidelity } from "../src/measures/fidelity.ts";
import { Shared } from "../src/measures/shared.ts";
import type { LatentModel } from "@elbo/core";
import type { Measure, Outcome } from "../src/measures/measure.ts";

const set = sprites({ size: 16, count: 1500, seed: 1 });
const data = cutData(set, { trainExamples: "all", testExamples: "all" });
const network = { kind: "conv", widths: [8, 16] } as const;
const options = { image: [16, 16, 1], likelihood: "gaussian", network, seed: 1 } as const;
const book = { kind: "vector", codebookSize: 16, codeDim: 4 } as const;

async function measured(model: object, measure: Measure): Promise<Outcome> {
  const subject = { model: model as LatentModel, data };
  expect(measure.suits(subject)).toBe(true);
  return measure.measure({
    ...subject,
    seed: 1,
    samples: 1,
    shared: new Shared(subject, 1),
    cache: "",
  });
}

const run = {
  epochs: 3,
  batchSize: 30,
  optimizer: adam({ learningRate: 5e-3 }),
  validation: 0,
  seed: 1,
  progress: "silent",
} as const;

test.each([
  ["one codebook", book, 4 * 4 * 4],
  ["two depths", { kind: "residual", parts: [book, { ...book, codebookSize: 4 }] }, 4 * 4 * 6],
] as const)(
  "%s: a prior that is trained says less than single codes, and draws images",
  async (_, quantizer, bits) => {
    const model = vqVae({ ...options, quantizer });
    await train(model, data.train, run);
    const { figures, pictures = [] } = await measured(model, codePrior);
    const { unigramBits, priorBits } = figures;
    expect(unigramBits.mean).toBeGreaterThan(0);
    expect(priorBits.mean).toBeLessThan(unigramBits.mean); // sprites are mostly ground: neighbours say what comes
    expect(priorBits.standardError).toBeGreaterThan(0);
    expect(pictures.map(({ kind, images }) => [kind, images.shape])).toEqual([
      ["code-samples", [40, 16, 16, 1]],
    ]);
    const own = await measured(model, codes);
    expect(own.figures["rateBits"].mean).toBe(bits);
    expect(own.figures["usage"].mean).toBeGreaterThan(0);
    expect(own.pictures?.map(({ kind }) => kind)).toEqual(["usage", "patches"]);
    const decode = vi.spyOn(model, "decode");
    const { figures: alike } = await measured(model, fidelity);
    expect(decode).toHaveBeenCalledTimes(quantizer.kind === "vector" ? 0 : 1);
    if (quantizer.kind === "vector") {
      expect(Object.keys(alike)).toEqual(["psnr", "ssim"]);
      return;
    }
    expect(Object.keys(alike)).toEqual(["psnr", "ssim", "psnr0", "ssim0", "psnr1", "ssim1"]);
    const decoded = await model.decode(await model.encode(data.test));
    const whole = estimateOf(psnr(toUnit(data.test), decoded)).mean;
    expect(alike["psnr1"].mean).toBeCloseTo(whole, 4); // all depths: the reconstruction itself
    expect(alike["psnr0"].mean).toBeLessThan(alike["psnr1"].mean);
  },
);

test("two levels have figures by level, those of p(top) and p(bottom | top) too", async () => {
  const model = hierarchicalVqVae({
    image: [16, 16, 1],
    quantizers: [book, book],
    width: 6,
    likelihood: "gaussian",
    seed: 1,
  });
  await train(model, data.train, { ...run, epochs: 1 });
  const { figures: bits, pictures = [] } = await measured(model, codePrior);
  for (const level of ["top", "bottom"]) {
    expect(bits[`${level}.priorBits`].mean).toBeLessThan(bits[`${level}.unigramBits`].mean);
  }
  // 2 x 2 codes of the top beside 4 x 4 of the bottom.
  const together = (4 * bits["top.priorBits"].mean + 16 * bits["bottom.priorBits"].mean) / 20;
  expect(bits["priorBits"].mean).toBeCloseTo(together, 5);
  expect(pictures[0].images.shape).toEqual([40, 16, 16, 1]);
  const { figures } = await measured(model, codes);
  expect(Object.keys(figures)).toEqual(
    expect.arrayContaining(["top.usage", "bottom.usage", "top.deadCodes"]),
  );
  expect(figures["top.rateBits"].mean).toBe(4 * 4);
  expect(figures["bottom.rateBits"].mean).toBe(16 * 4);
  expect(figures["rateBits"].mean).toBe(20 * 4);
  for (const level of ["top", "bottom"])
    expect(figures[`${level}.codeProbe`].mean).toBeGreaterThan(0);
});
