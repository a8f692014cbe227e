import { betaVae, qlae } from "@elbo/beta-vae";
import { sprites } from "@elbo/datasets";
import { expect, test } from "vitest";
import { cutData } from "../src/data/loadData.ts";
import { disentanglement } from "../src/measures/disentanglement.ts";
import { Shared } from "../src/measures/shared.ts";
import type { Outcome } from "../src/measures/measure.ts";

const set = sprites({ size: 16, count: 300, seed: 1, grid: { orientation: 4, x: 4, y: 4 } });
const data = cutData(set, { trainExamples: "all", testExamples: "all" });
const network = { kind: "mlp", hidden: [16] } as const;

const measured = (
  model: ReturnType<typeof betaVae> | ReturnType<typeof qlae>,
): Promise<Outcome> => {
  const subject = { model, data };
  expect(disentanglement.suits(subject)).toBe(true);
  const shared = new Shared(subject, 1);
  return disentanglement.measure({ ...subject, seed: 1, samples: 1, shared, cache: "" });
};

test("a Gaussian model on data with factors gets scores, total correlation, tables, a traversal by nats and its film", async () => {
  const model = betaVae({ image: [16, 16, 1], latent: 3, network, seed: 1 });
  const { figures, pictures = [], files = {} } = await measured(model);
  for (const { key } of disentanglement.figures)
    expect(Number.isFinite(figures[key].mean)).toBe(true);
  expect(pictures.map(({ kind }) => kind)).toEqual([
    "importances",
    "information",
    "latents-by-nats",
  ]);
  const [importances, , traversal] = pictures;
  expect(importances.caption).toContain("shape, scale, orientation, x, y");
  expect(importances.images.shape).toEqual([3 * 5, 16, 16, 1]);
  expect(traversal.rows?.every((row) => /^z\d, \d+\.\d\d nats$/u.test(row))).toBe(true);
  expect(traversal.images.shape).toEqual([3 * 9, 16, 16, 1]);
  const film = files["latents-by-nats.gif"];
  expect(new TextDecoder().decode(film.subarray(0, 6))).toBe("GIF89a");
});

test("a model of other latents gets scores and tables, data without factors nothing", async () => {
  const model = qlae({ image: [16, 16, 1], latent: 3, network, seed: 1 });
  const { figures, pictures = [] } = await measured(model);
  expect(figures["aggregateTotalCorrelation"]).toBeUndefined();
  expect(pictures).toHaveLength(2);
  const { data: pixels, shape } = data.test;
  const plain = { data: pixels, shape };
  expect(disentanglement.suits({ model, data: { ...data, test: plain } })).toBe(false);
});
