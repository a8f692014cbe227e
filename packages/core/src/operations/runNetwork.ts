import type * as tf from "@tensorflow/tfjs-core";
import type { NdArray } from "@elbo/jit";
import { assertOneOf } from "../arguments.ts";
import { arrayRows } from "../data/arrayRows.ts";
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
 * @param x float32 `[n, ...]`, of the shape that the network takes, or of as many values; as the network sees them
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
  const { data, shape } = await toNdArray({ fn, name: "x" }, x);
  const columns = { x: { shape: shape.slice(1), dtype: "float32" as const } };
  const floats = { data: data instanceof Float32Array ? data : Float32Array.from(data), shape };
  const { y } = await runRows(model, {
    name: `network ${network} ${shape.slice(1).join("x")}`,
    program: () =>
      programOver(model, { columns, noise: {} }, (batch, context) => ({
        y: model.operations.apply(network, batch["x"], { context }),
      })),
    compute,
    count: shape[0],
    sources: [{ rows: await arrayRows(fn, columns, floats), columns }],
    scalars: scalarsOfModel(model),
  });
  return y;
}
