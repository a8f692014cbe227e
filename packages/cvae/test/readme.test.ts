import { describeOptions } from "@elbo/core";
import { readmeOptionRows, runReadmeExample } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { cvaeTable } from "../src/index.ts";

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

test("the README's table of options is that of the factory", async () => {
  const wanted = describeOptions(cvaeTable).map(({ name, default: value, doc }) => [
    name,
    value,
    doc,
  ]);
  expect(await readmeOptionRows(import.meta.url)).toEqual(wanted);
});
