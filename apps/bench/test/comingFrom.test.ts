import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { emptyFolder, expectClose, runReadmeExample } from "@elbo/test-utils";
import { adam, describeOptions, Random, trainTable } from "@elbo/core";
import { betaVae } from "@elbo/beta-vae";
import { expect, test, vi } from "vitest";
import type { Ledger, NdArray } from "@elbo/core";
import { pytorchFile } from "./support/pytorchFile.ts";

const readme = "../../../docs/coming-from-pytorch-pythae-keras.md";
const page = readFileSync(new URL(readme, import.meta.url), "utf8");
const rows = page
  .split("\n")
  .filter((line) => line.startsWith("| "))
  .map((line) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );
const cell = (name: string): string => rows.find(([first]) => first === name)?.[1] ?? "";

test("the example prints the page as it is shown, to the digits of another engine", async () => {
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  const { page: printed } = (await runReadmeExample({
    url: import.meta.url,
    readme,
    replace: { "validation: 0 }": 'validation: 0, progress: "silent" }' },
  })) as { page: Ledger };
  log.mockRestore();
  const shown = /```text\n([\s\S]*?)```/.exec(page)?.[1] ?? "";
  const words = (text: string): string[] => text.trim().split(/\s+/u);
  const [here, there] = [words(String(printed)), words(shown)];
  expect(here).toHaveLength(there.length);
  here.forEach((word, i) => {
    // Ten epochs multiply what engines round differently.
    if (Number.isNaN(Number(word))) expect(word).toBe(there[i]);
    else expect(Number(word) / Number(there[i])).toBeCloseTo(1, 1);
  });
});

test("the defaults that the page names are those of the code", () => {
  const defaults = Object.fromEntries(
    describeOptions(trainTable).map(({ name, default: value }) => [name, value]),
  );
  expect(cell("batch")).toBe(defaults["batchSize"]);
  expect(cell("validation")).toContain("a tenth");
  expect(defaults["validation"]).toBe("0.1");
  expect(adam().options).toMatchObject({ learningRate: 0.001, epsilon: 1e-8 });
  expect(cell("optimizer")).toBe("Adam 0.001");
  expect(cell("its epsilon")).toBe("1e-8");
  const model = betaVae({ image: [28, 28, 1], latent: 3 });
  const shapes = model.networks["encoder"].layers.map(({ outputShape }) => outputShape);
  expect(shapes.map((shape) => (shape as number[])[1])).toEqual([784, 400, 6]);
  expect(model.options).toMatchObject({ beta: 1, likelihood: { binarize: "dynamic" } });
  model.dispose();
});

test("weights of PyTorch's example give its numbers: what the page does with its file", async () => {
  const random = new Random(1);
  const sizes = {
    fc1: [400, 784],
    fc21: [20, 400],
    fc22: [20, 400],
    fc3: [400, 20],
    fc4: [784, 400],
  };
  const state = Object.fromEntries(
    Object.entries(sizes).flatMap(([name, shape]) =>
      [shape, [shape[0]]].map((of, i) => {
        const data = new Float32Array(of.reduce((a, b) => a * b));
        random.fork(name, i).fillUniformInto(data);
        const scaled = data.map((value) => (value - 0.5) / 20);
        return [`${name}.${i === 0 ? "weight" : "bias"}`, { data: scaled, shape: of }];
      }),
    ),
  );
  const folder = await emptyFolder();
  const file = join(folder, "vae.pt").replaceAll("\\", "/");
  await writeFile(file, pytorchFile(state));
  const { model } = (await runReadmeExample({
    url: import.meta.url,
    readme,
    example: 1,
    replace: { '"vae.pt"': `"${file}"` },
  })) as { model: ReturnType<typeof betaVae> };
  const x = new Float32Array(784);
  random.fillUniformInto(x);
  const linear = (input: Float32Array, name: string): Float32Array => {
    const { weight, bias } = { weight: state[`${name}.weight`], bias: state[`${name}.bias`] };
    return bias.data.map((b, o) =>
      input.reduce((sum, v, i) => sum + v * weight.data[o * input.length + i], b),
    );
  };
  const hidden = linear(x, "fc1").map((value) => Math.max(value, 0));
  const image = { data: x, shape: [1, 28, 28, 1] };
  const { mean, logVar } = (await model.posterior(image)) as unknown as Record<string, NdArray>;
  expectClose(mean.data, linear(hidden, "fc21"), { rtol: 1e-3, atol: 1e-4 });
  expectClose(logVar.data, linear(hidden, "fc22"), { rtol: 1e-3, atol: 1e-4 });
});
