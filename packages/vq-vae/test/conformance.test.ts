import { checkScheme } from "@elbo/core/conformance";
import { expect, test } from "vitest";
import { quantized, vectorQuantizer } from "../src/index.ts";

test.each(["ema", "gradient"] as const)("quantized latents conform: %s", async (codebook) => {
  const make = (): ReturnType<typeof quantized> =>
    quantized({
      grid: [2, 3],
      quantizer: vectorQuantizer({ codebookSize: 8, codeDim: 4, codebook, seed: 1 }),
    });
  await expect(checkScheme({ make, isSmooth: false })).resolves.toBeUndefined();
});
