/** Images are compared in the output of an ONNX model where one is given. */
import { join } from "node:path";
import { betaVae } from "@elbo/beta-vae";
import { emptyFolder, expectClose } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { configurationTable } from "../src/configuration/configuration.ts";
import { checkFeatures, judgeOf } from "../src/measures/referenceClassifier.ts";
import type { BenchData } from "../src/data/benchData.ts";

test("features are those of the model's output", async () => {
  const model = betaVae({ image: [4, 4, 1], latent: 3, network: "mlp", seed: 1 });
  const directory = await emptyFolder();
  await model.exportOnnx(directory);
  const x = {
    data: Float32Array.from({ length: 5 * 16 }, (_, i) => ((i * 7) % 11) / 10),
    shape: [5, 4, 4, 1],
  };
  const judge = await judgeOf({
    data: {} as BenchData,
    cache: directory,
    features: { file: join(directory, "encoder.onnx"), output: "code" },
  });
  const found = await judge.features(x);
  expectClose(found.data, (await model.encode(x)).data, { rtol: 1e-4, atol: 1e-5 });
  await judge.dispose();
  model.dispose();
});

test("a file that is not there is refused before anything is trained", () => {
  expect(() => {
    checkFeatures({ file: "/no/such/file.onnx" }, "bench run");
  }).toThrow(
    "bench run: file of features must be an ONNX model that there is, got /no/such/file.onnx",
  );
  const { rule } = configurationTable().features;
  expect(() => rule.read({ fn: "bench", name: "features" }, { output: "code" })).toThrow(
    "features must be an object with the file of an ONNX model",
  );
});
