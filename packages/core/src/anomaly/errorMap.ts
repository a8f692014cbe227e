import * as tf from "@tensorflow/tfjs-core";
import type { NdArray } from "@elbo/jit";
import { describeValue } from "@elbo/common";
import type { ExamplesLike } from "../data/examples.ts";
import { parametersByColumn } from "../model/decodedColumns.ts";
import type { LatentVariableModel } from "../model/latentVariableModel.ts";
import { readCall, scalarsOfModel } from "../operations/call.ts";
import type { CallOptions } from "../operations/call.ts";
import { withCondition } from "../model/tracedOperations.ts";
import { programOver } from "../runner/program.ts";
import { runRows } from "../runner/rows.ts";

/**
 * Where an example is not what the model expects: `-log p(x_i | z)` of every value in nats, with latents and values without noise.
 *
 * @param x what the model takes; models of one column
 * @returns `[n, ...]`, the shape of the examples
 * @throws Error for a model of several columns, or a likelihood of whole examples
 */
export async function errorMap(
  model: LatentVariableModel,
  x: ExamplesLike,
  options: CallOptions = {},
): Promise<NdArray<Float32Array>> {
  const fn = "errorMap";
  const { told, compute } = readCall({ model, fn }, {}, options);
  const [[name, likelihood], ...others] = Object.entries(model.example);
  if (others.length > 0 || likelihood.logProb !== undefined) {
    throw new Error(
      `${fn}: the model must explain the values of one column one by one, got ${describeValue(Object.keys(model.example).join(", "))}`,
    );
  }
  const rows = await model.rows(fn, x, told);
  const { map } = await runRows(model, {
    name: "error map",
    program: () =>
      programOver(model, { noise: {} }, (batch, given) => {
        const context = withCondition(model.condition, batch, { ...given, useMode: true });
        const { decoded } = model.operations.pass(batch, context);
        const [parameters] = Object.values(parametersByColumn(model.example, decoded));
        const logProb = likelihood.distribution(parameters).logProb(batch[name]); // [1, B, ...]
        return { map: tf.neg(tf.squeeze(logProb, [0])) };
      }),
    compute,
    count: rows.count,
    sources: [{ rows, columns: model.columns }],
    scalars: scalarsOfModel(model),
  });
  return map as NdArray<Float32Array>;
}
