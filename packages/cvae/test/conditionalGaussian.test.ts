/** p(z|y): how quickly it moves. */
import { adam, mapExamples, train, type Gaussian } from "@elbo/core";
import { expect, test } from "vitest";
import { cvae, type ConditionColumns } from "../src/index.ts";

const count = 12;
const x = {
  data: Float32Array.from({ length: count * 4 }, (_, i) => Math.sin(i) / 2 + 0.5),
  shape: [count, 4],
};
const labels = Int32Array.from({ length: count }, (_, i) => i % 3);

/** The largest mean of p(z|y) after one step of Adam, in learning rates. */
async function movedIn(
  condition: ConditionColumns,
  values: Readonly<Record<string, unknown>>,
): Promise<number> {
  const model = cvae({ image: [4], latent: 2, condition, network: { kind: "mlp", hidden: [8] } });
  const learningRate = 0.001;
  await train(
    model,
    { ...x, condition: values },
    {
      ...{ steps: 1, batchSize: count, validation: 0, progress: "silent", seed: 1 },
      optimizer: adam({ learningRate }),
    },
  );
  const { means } = await mapExamples(model, x, {
    name: "means of the prior",
    condition: values,
    run: (_batch, context) => {
      const prior = model.levels["z"].prior?.(context) as Gaussian;
      return { means: prior.parameters.mean };
    },
  });
  model.dispose();
  return Math.max(...Array.from(means.data, Math.abs)) / learningRate;
}

test("means of classes move by ten learning rates for the class and as many for all", async () => {
  const moved = await movedIn({ label: { kind: "class", classes: 3 } }, { label: labels });
  expect(moved).toBeGreaterThan(19);
  expect(moved).toBeLessThan(20.1);
});

test("conditions of many values share these learning rates", async () => {
  const tags = Array.from(labels, (label) => [1, 1, label === 0 ? 1 : 0, 1, 1]);
  const moved = await movedIn({ tags: { kind: "attributes", count: 5 } }, { tags });
  expect(moved).toBeGreaterThan(9); // 2 for each of five tags, and 2 for all
  expect(moved).toBeLessThan(12.1);
});
