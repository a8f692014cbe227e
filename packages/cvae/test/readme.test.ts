import { runReadmeExample } from "@elbo/test-utils";
import { expect, test } from "vitest";

test("the README's example trains, evaluates, samples a class, saves and loads", async () => {
  const { scores, boots, again } = (await runReadmeExample({
    url: import.meta.url,
    replace: {
      "epochs: 10": "steps: 2",
      "await evaluate(model, test)": "await evaluate(model, test, { limit: 32, samples: 2 })",
    },
  })) as Record<string, { kind?: string; shape?: number[]; elbo?: { mean: number } }>;
  expect(scores.elbo?.mean).toBeLessThan(0);
  expect(boots.shape).toEqual([8, 28, 28, 1]);
  expect(again.kind).toBe("cvae");
});
