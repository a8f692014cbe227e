import { joinPath, makeDirectory } from "#platform";
import { assertPath } from "@elbo/common";
import { writeWhole } from "../files/writeWhole.ts";
import type { LatentVariableModel } from "../model/latentVariableModel.ts";
import { assertUsable } from "../runner/assertUsable.ts";
import { encodeProgram, explainProgram, priorProgram } from "../operations/programs.ts";
import { programsOf } from "../runner/program.ts";
import type { Program } from "../runner/program.ts";
import { onnxMetadata } from "./onnxMetadata.ts";
import type { OnnxFile } from "./onnxMetadata.ts";

/**
 * Writes `encoder.onnx`, `decoder.onnx` and, where a prior is learned or depends on a condition, `prior.onnx`: standard
 * operators, the weights inside, a free batch size.
 *
 * The encoder's inputs are the columns of the example (`x`, floats as the likelihood has them: [0, 1] for images) and of the
 * condition; its outputs are `code`, `latents` and `features`. The decoder maps `code` and the condition to the columns (`x`, the mean
 * or the most likely value) and to all parameters of their distributions (`x_logits`, `x_logVar`), learned scales and thresholds
 * among them. The prior maps noise (`noise_latents/z/prior`, standard normal unless the prior says otherwise) and the condition to
 * `latents`, which are codes of Gaussian latents. With several levels these names end in `_<level>`. Weights have the names that
 * `readWeights` gives, nodes those of their layers, and every file says in its metadata what its inputs and outputs are.
 */
export async function exportOnnx(model: LatentVariableModel, directory: string): Promise<void> {
  const fn = "exportOnnx";
  assertUsable(fn, model);
  assertPath({ fn, name: "directory" }, directory);
  await makeDirectory({ fn, name: "directory" }, directory);
  const hasLearnedPrior = Object.values(model.levels).some(
    ({ priorIsLearned = false }) => priorIsLearned,
  );
  const programs: Partial<Record<OnnxFile, [name: string, make: () => Program]>> = {
    encoder: ["encode", () => encodeProgram(model)],
    decoder: ["explain", () => explainProgram(model)],
    ...(hasLearnedPrior ? { prior: ["prior", () => priorProgram(model)] } : {}),
  };
  const cache = programsOf(model);
  await cache.pull();
  // In the order of the programs' state.
  const stateNames = Object.keys({ ...model.variables, ...model.state });
  for (const [file, [name, make]] of Object.entries(programs)) {
    const compiled = cache.get(name, make, model.compute);
    const metadata = onnxMetadata(model, file as OnnxFile);
    const bytes = await compiled.toOnnx({ batch: "free", stateNames, metadata });
    await writeWhole({ fn, path: joinPath(directory, `${file}.onnx`) }, bytes);
  }
}
