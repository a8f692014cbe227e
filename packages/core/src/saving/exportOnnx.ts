import { joinPath, makeDirectory, rename, writeSynced } from "#platform";
import type { LatentVariableModel } from "../model/latentVariableModel.ts";
import { decodeProgram, encodeProgram, priorProgram } from "../operations/programs.ts";
import { programsOf } from "../runner/program.ts";
import type { Program } from "../runner/program.ts";

/**
 * Writes `encoder.onnx`, `decoder.onnx` and, where a prior is learned or depends on a condition, `prior.onnx`: standard
 * operators, the weights inside, a free batch size.
 *
 * The encoder's inputs are the columns of the example (`x`, floats as the likelihood has them: [0, 1] for images) and of the
 * condition; its outputs are `code`, `latents` and `features`. The decoder maps `code` and the condition to the columns. The
 * prior maps noise (`noise_latents/z/prior`, standard normal unless the prior says otherwise) and the condition to
 * `latents`, which are codes of Gaussian latents. With several levels these names end in `_<level>`.
 */
export async function exportOnnx(model: LatentVariableModel, directory: string): Promise<void> {
  const fn = "exportOnnx";
  await makeDirectory({ fn, name: "directory" }, directory);
  const hasLearnedPrior = Object.values(model.levels).some(
    ({ priorIsLearned = false }) => priorIsLearned,
  );
  const programs: Record<string, [name: string, make: () => Program]> = {
    encoder: ["encode", () => encodeProgram(model)],
    decoder: ["decode", () => decodeProgram(model, { draw: false })],
    ...(hasLearnedPrior ? { prior: ["prior", () => priorProgram(model)] } : {}),
  };
  const cache = programsOf(model);
  await cache.pull();
  for (const [file, [name, make]] of Object.entries(programs)) {
    const bytes = await cache.get(name, make, model.compute).toOnnx({ batch: "free" });
    const path = joinPath(directory, `${file}.onnx`);
    await writeSynced({ fn, path: `${path}.tmp` }, bytes);
    await rename({ fn, path: `${path}.tmp` }, path);
  }
}
