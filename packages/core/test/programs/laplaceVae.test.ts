import { evaluate, train } from "@elbo/core";
import { marginalEntropy } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { bars } from "../support/bars.ts";
import { laplaceVae } from "./laplaceVae.ts";

test("a Laplace VAE of a scheme written outside explains held-out bars better than pixel means, compiled", async () => {
  const model = laplaceVae([8, 8, 1], 4, 1);
  const { report } = await train(model, bars(2000), {
    epochs: 20,
    seed: 1,
    validation: 0,
    progress: "silent",
  });
  expect(report?.engine).not.toBe("eager");
  const heldOut = bars(300, 6);
  const { elbo, rate } = await evaluate(model, heldOut, { samples: 4 });
  if (elbo === undefined || rate === undefined) throw new Error("a Laplace VAE has a rate");
  expect(-elbo.mean + 4 * elbo.standardError).toBeLessThan(marginalEntropy(heldOut));
  expect(rate.mean).toBeGreaterThan(1); // four classes: at least some of log 4 nats
});
