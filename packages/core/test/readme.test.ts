import { readFile } from "node:fs/promises";
import { runReadmeExample, readmeOptionRows } from "@elbo/test-utils";
import { expect, test } from "vitest";
import {
  createLikelihood,
  createModel,
  createNetworks,
  describeOptions,
  evaluate,
  laplace,
  reparameterized,
  train,
  trainTable,
} from "../src/index.ts";
import type {
  BoundFigure,
  Evaluation,
  History,
  LatentModel,
  NdArray,
  Networks,
} from "../src/index.ts";
import { Random } from "../src/random/index.ts";

const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
const example = await readFile(
  new URL("../../../examples/own-variant/laplaceVae.ts", import.meta.url),
  "utf8",
);

/** Runs an example against the sources. */
const run = (number: number): Promise<Record<string, unknown>> =>
  runReadmeExample({
    url: import.meta.url,
    example: number,
    replace: { '"@elbo/core"': '"../src/index.ts"' },
  });

test("the first example trains, measures, scores, samples, saves and loads", async () => {
  const { history, figures, scores, bars, page, again } = (await run(0)) as {
    history: History;
    figures: Evaluation<BoundFigure>;
    scores: { elbo: Float64Array };
    bars: NdArray;
    page: string;
    again: { kind: string };
  };
  const { elbo, nll } = figures;
  expect(nll.mean).toBeLessThan(-elbo.mean);
  const elbos = history.epochs.map(({ validation }) => validation?.["elbo"] ?? NaN);
  expect(elbos).toHaveLength(20);
  expect(elbos[19]).toBeGreaterThan(elbos[0] + 3);
  expect(scores.elbo).toHaveLength(500);
  expect(bars.shape).toEqual([16, 8, 8, 1]);
  expect(page).toContain("pythae");
  expect(again.kind).toBe("plain-vae");
});

test("the variant of one's own is the example's file as it is", () => {
  expect(readme).toContain(`\`\`\`ts\n${example}\`\`\``);
});

/** The variant of the README, and the same with core's own Laplace distribution, whose divergence has a closed form. */
async function bothVariants(): Promise<LatentModel<NdArray, BoundFigure>[]> {
  const { laplaceVae } = (await run(1)) as {
    laplaceVae: (latent: number, networks?: Networks) => LatentModel<NdArray, BoundFigure>;
  };
  const spec = { x: createLikelihood("bernoulli", [28, 28, 1]) };
  const latents = reparameterized({ size: 3, posterior: laplace });
  const own = createModel<NdArray, BoundFigure>({
    kind: "laplace",
    options: {},
    example: spec,
    latents,
    networks: createNetworks("mlp", { example: spec, latents, seed: 1 }),
    seed: 1,
  });
  return [laplaceVae(3), own];
}

/** 28x28 images of one bright bar each. */
function bars(count: number): NdArray {
  const random = new Random(1);
  const data = new Uint8Array(count * 784);
  for (let n = 0; n < count; n++) {
    const column = 4 * random.integer(7);
    for (let i = 0; i < 784; i++)
      data[n * 784 + i] = Math.abs((i % 28) - column - 1.5) < 2 ? 255 : 0;
  }
  return { data, shape: [count, 28, 28, 1] };
}

test("the variant of one's own learns, and its rate from draws is the closed form that core knows", async () => {
  const [variant, own] = await bothVariants();
  const images = bars(256);
  const before = await evaluate(variant, images, { samples: 1 });
  await train(variant, images, { epochs: 6, batchSize: 32, validation: 0, progress: "silent" });
  await own.writeWeights(await variant.readWeights());
  const estimated = await evaluate(variant, images, { samples: 256 });
  const closed = await evaluate(own, images, { samples: 256 });
  expect(estimated.elbo.mean).toBeGreaterThan(before.elbo.mean + 100);
  expect(closed.rate.mean).toBeGreaterThan(0.5);
  // 256 examples with 256 draws of a log ratio that deviates by about 1.5 nats: 0.006.
  expect(Math.abs(estimated.rate.mean - closed.rate.mean)).toBeLessThan(0.03);
  expect(Math.abs(estimated.nll.mean - closed.nll.mean)).toBeLessThan(0.1);
});

test("the table of options is that of train", async () => {
  const rows = await readmeOptionRows(import.meta.url);
  for (const { name, default: value, doc } of describeOptions(trainTable))
    expect(rows).toContainEqual([name, value, doc]);
});
