import type { NdArray } from "@elbo/jit";
import type { Examples } from "../data/examples.ts";
import { fillBatchInto } from "../data/fillBatch.ts";
import { sizeOf } from "../data/ndArray.ts";
import type { ComputeOptions } from "../model/definition.ts";
import type { LatentModel } from "../model/latentModel.ts";
import { encodeProgram } from "../model/programs.ts";
import { runRows } from "../model/rows.ts";
import type { Random } from "../random/random.ts";

/** What a data-dependent start is computed from. */
interface InitializeOptions {
  readonly examples: Examples;
  /** The training examples. */
  readonly indices: Int32Array;
  readonly random: Random;
  readonly compute: ComputeOptions;
}

/** Lets a scheme start its variables from encoder outputs of training examples, if it wants to. */
export async function initializeScheme(
  model: LatentModel,
  { examples, indices, random, compute }: InitializeOptions,
): Promise<void> {
  const { initialize } = model.scheme;
  if (initialize === undefined) return;
  const chosen = random
    .fork("examples")
    .permutation(indices.length)
    .slice(0, initialize.examples)
    .map((position) => indices[position]);
  const labels = examples.labels && Int32Array.from(chosen, (i) => examples.labels?.[i] ?? 0);
  const { features } = await runRows(model, encodeProgram, {
    name: "encode",
    inputs: {},
    fill: (feeds, rows) => {
      const x = new Float32Array(rows.length * sizeOf(model.image));
      fillBatchInto(x, examples, {
        indices: rows.map((row) => chosen[row]),
        preparation: model.likelihood.preparation,
        random: (index) => random.fork("binarize", index),
      });
      feeds["x"] = x;
    },
    count: chosen.length,
    labels: model.condition === undefined ? undefined : labels,
    outputs: { features: model.scheme.featureShape },
    compute,
  });
  initialize.from(features as NdArray<Float32Array>, random.fork("scheme"));
  await model.programs.push();
}
