import type * as tf from "@tensorflow/tfjs-core";
import type { NdArray } from "@elbo/jit";
import { assertOneOf } from "@elbo/common";
import { numberRows } from "../data/numberRows.ts";
import type { LatentVariableModel } from "../model/latentVariableModel.ts";
import { toNdArray } from "../ndArray.ts";
import { programOver } from "../runner/program.ts";
import { runRows } from "../runner/rows.ts";
import type { ComputeOptions } from "../step/compute.ts";
import { readCall, scalarsOfModel } from "./call.ts";

/**
 * Runs one network of a model, such as an objective's classifier, over any number of rows.
 *
 * @param network its name in the model
 * @param x `[n, ...]`, of the shape that the network takes, or of as many values; integers of images are grey levels
 * @returns `[n, ...]`
 * @throws RangeError for a network that there is not, or rows that it does not take
 */
export async function runNetwork(
  model: LatentVariableModel,
  { network, x }: { readonly network: string; readonly x: NdArray | tf.Tensor },
  options: ComputeOptions = {},
): Promise<NdArray> {
  const fn = "run";
  const { compute } = readCall({ model, fn }, {}, options);
  assertOneOf({ fn, name: "network" }, network, Object.keys(model.networks));
  const values = await toNdArray({ fn, name: "x" }, x);
  const [count, ...shape] = values.shape;
  const columns = { x: { shape, dtype: "float32" as const } };
  const rows = numberRows({ fn, name: "x" }, values, shape);
  const { y } = await runRows(model, {
    name: `network ${network} ${shape.join("x")}`,
    program: () =>
      programOver(model, { columns, noise: {} }, (batch, context) => ({
        y: model.operations.apply(network, batch["x"], { context }),
      })),
    compute,
    count,
    sources: [{ rows, columns }],
    scalars: scalarsOfModel(model),
  });
  return y;
}
