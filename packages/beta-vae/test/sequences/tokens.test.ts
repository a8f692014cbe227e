import { checkLikelihood } from "@elbo/core/conformance";
import { test } from "vitest";
import { tokensLikelihood } from "../../src/sequences/tokens.ts";

test("the likelihood of tokens keeps the contract of likelihoods", async () => {
  await checkLikelihood({
    make: () => tokensLikelihood(3, 4),
    values: { data: Int32Array.of(1, 2, 3, 3, 0, 0, 2, 1, 0), shape: [3, 3] },
    isNormalized: false,
  });
});
