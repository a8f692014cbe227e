import { runModule } from "@elbo/test-utils";
import { expect, test } from "vitest";

test.each([
  'betaVae({ image: [8, 8, 1], latent: 2, likelihood: "gaussian" })',
  'betaVae({ image: [8, 8, 1], latent: 2, likelihood: "discretized-logistic", network: "conv" })',
  "autoencoder({ image: [8, 8, 1], latent: 2 })",
])("making a model prints nothing: %s", async (model) => {
  const code = `import { autoencoder, betaVae } from "./index.ts";\n${model};`;
  const run = await runModule(code, new URL("../src/", import.meta.url));
  expect(run).toMatchObject({ output: "", errors: "" });
});
