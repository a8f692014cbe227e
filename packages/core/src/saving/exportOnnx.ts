import { joinPath, makeDirectory, rename, writeSynced } from "#platform";
import type { LatentModel } from "../model/latentModel.ts";
import { decodeProgram, encodeProgram } from "../model/programs.ts";

/**
 * Writes `encoder.onnx` and `decoder.onnx`: standard operators, the weights inside, a free batch size.
 *
 * The encoder's inputs are `x` `[batch, h, w, c]` in [0, 1] and, for models of labelled data, `y` int32 `[batch]`; its
 * outputs are `code`, `latents` and `features`. The decoder maps `code` (and `y`) to `image`.
 */
export async function exportOnnx(model: LatentModel, directory: string): Promise<void> {
  const fn = "exportOnnx";
  await makeDirectory({ fn, name: "directory" }, directory);
  const programs = { encode: encodeProgram, decode: decodeProgram } as const;
  for (const name of ["encode", "decode"] as const) {
    const compiled = model.programs.get(name, () => programs[name](model), model.compute);
    const bytes = await compiled.toOnnx({ batch: "free" });
    const path = joinPath(directory, `${name}r.onnx`);
    await writeSynced({ fn, path: `${path}.tmp` }, bytes);
    await rename({ fn, path: `${path}.tmp` }, path);
  }
}
