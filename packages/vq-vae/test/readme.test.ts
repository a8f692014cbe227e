import { runReadmeExample } from "@elbo/test-utils";
import { expect, test } from "vitest";

test("the README's example trains, evaluates, encodes, decodes, saves and loads", async () => {
  const { scores, indices, pictures, again } = (await runReadmeExample({
    url: import.meta.url,
    replace: {
      "epochs: 10": "steps: 2",
      "await evaluate(model, test)": "await evaluate(model, test, { limit: 32 })",
      "await model.encode(test)":
        "await model.encode({ data: test.data.subarray(0, 4 * 784), shape: [4, 28, 28, 1] })",
    },
  })) as Record<string, { kind?: string; shape?: number[]; perplexity?: { mean: number } }>;
  expect(scores.perplexity?.mean).toBeGreaterThan(1);
  expect(indices.shape).toEqual([4, 7, 7]);
  expect(pictures.shape).toEqual([4, 28, 28, 1]);
  expect(again.kind).toBe("vq-vae");
});
