import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runModule } from "@elbo/test-utils";
import type { ModuleRun } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { cvae } from "../src/index.ts";

const run = (code: string): Promise<ModuleRun> =>
  runModule(code, new URL("../src/", import.meta.url));

const load = (directory: string): Promise<ModuleRun> =>
  run(`import { loadCvae } from "./index.ts";
    const failure = await loadCvae(${JSON.stringify(directory)}).then(() => "none", (error) => error.message);
    console.log(failure);`);

test("making a conditional VAE prints nothing", async () => {
  const code = `import { cvae } from "./index.ts"; cvae({ image: [8, 8, 1], latent: 2, condition: { label: { kind: "class", classes: 3, embedding: 16 } } });`;
  expect(await run(code)).toMatchObject({ output: "", errors: "" });
});

test("an embedding larger than the file of weights is refused before it is allocated", async () => {
  const directory = await mkdtemp(join(tmpdir(), "elbo-hostile-"));
  await cvae({
    image: [8, 8, 1],
    latent: 2,
    condition: { label: { kind: "class", classes: 3, embedding: 16 } },
  }).save(directory);
  const honest = await load(directory);
  const path = join(directory, "model.json");
  const text = await readFile(path, "utf8");
  await writeFile(path, text.replace('"classes": 3', '"classes": 30000000'));
  const { output, peak } = await load(directory);
  await rm(directory, { recursive: true });
  expect(honest.output).toBe("none\n");
  expect(output).toMatch(
    /^loadModel: the options in \S+ must be those of a cvae, got: a variable of the shape \[30000000, 16\], more values than the file of weights holds\n$/,
  );
  expect(peak).toBeLessThan(honest.peak + 100);
});
