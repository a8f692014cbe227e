import { expectClose, runReadmeExample } from "@elbo/test-utils";
import { expect, test } from "vitest";

test("the example of the README finds the weights", async () => {
  const { loss, weights, engine } = await runReadmeExample({ url: import.meta.url });
  expectClose(weights as Float32Array, [2, -3], { atol: 1e-3 });
  expect((loss as { data: Float32Array }).data[0]).toBeLessThan(1e-6);
  expect(engine).toBe("native");
});
