import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runModule } from "@elbo/test-utils";
import type { ModuleRun } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { vqVae } from "../src/index.ts";

const run = (code: string): Promise<ModuleRun> =>
  runModule(code, new URL("../src/", import.meta.url));

const load = (directory: string): Promise<ModuleRun> =>
  run(`import { loadVqVae } from "./index.ts";
    const failure = await loadVqVae(${JSON.stringify(directory)}).then(() => "none", (error) => error.message);
    console.log(failure);`);

test("making a VQ-VAE prints nothing", async () => {
  const code = `import { vqVae } from "./index.ts"; vqVae({ image: [8, 8, 1], codebookSize: 8, codeDim: 4 });`;
  expect(await run(code)).toMatchObject({ output: "", errors: "" });
});

test("a codebook larger than the file of weights is refused before it is allocated", async () => {
  const directory = await mkdtemp(join(tmpdir(), "elbo-hostile-"));
  await vqVae({ image: [8, 8, 1], codebookSize: 8, codeDim: 4 }).save(directory);
  const honest = await load(directory);
  const path = join(directory, "model.json");
  const text = await readFile(path, "utf8");
  await writeFile(path, text.replace('"codebookSize": 8', '"codebookSize": 100000000'));
  const { output, peak } = await load(directory);
  await rm(directory, { recursive: true });
  expect(honest.output).toBe("none\n");
  expect(output).toMatch(
    /^loadModel: the options in \S+ must be those of a vq-vae, got: a variable of the shape \[100000000, 4\], more values than the file of weights holds\n$/,
  );
  expect(peak).toBeLessThan(honest.peak + 100);
});
