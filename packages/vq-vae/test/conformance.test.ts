import { checkScheme } from "@elbo/core/conformance";
import { expect, test } from "vitest";
import { createQuantizer, quantized, type QuantizerChoice } from "../src/index.ts";
import { choices } from "./support/choices.ts";

test.each(choices)("quantized latents conform: %s", async (name, choice: QuantizerChoice) => {
  const make = (): ReturnType<typeof quantized> =>
    quantized({ grid: [2, 3], quantizer: createQuantizer(choice, { seed: 1 }) });
  await expect(
    checkScheme({ make, isSmooth: false, isOfBatch: name === "BSQ" }),
  ).resolves.toBeUndefined();
});
