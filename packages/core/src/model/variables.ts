import * as tf from "@tensorflow/tfjs-core";
import type { NdArray } from "@elbo/jit";
import { sizeOf } from "../data/ndArray.ts";
import { variablesOf } from "../networks/variablesOf.ts";
import type { NetworkVariables } from "../networks/variablesOf.ts";
import type { LatentModel } from "./latentModel.ts";

/** A variable with the name it has in files. */
export interface NamedVariable {
  readonly name: string;
  readonly variable: tf.Variable;
}

const numbered = (prefix: string, variables: readonly tf.Variable[]): NamedVariable[] =>
  variables.map((variable, i) => ({ name: `${prefix}/${i}`, variable }));

/** The variables of a model in the order of the way of a batch, with names that do not depend on the process. */
export function networkVariables(model: LatentModel): {
  trained: NamedVariable[];
  untrained: NamedVariable[];
} {
  const encoder = variablesOf(model.encoder);
  const decoder = variablesOf(model.decoder);
  const split = [namesUnder("encoder", encoder), namesUnder("decoder", decoder)];
  return {
    trained: [
      ...split.flatMap(({ trained }) => trained),
      ...numbered("likelihood", model.likelihood.variables),
      ...numbered("scheme", model.scheme.variables),
      ...numbered("condition", model.condition?.variables ?? []),
    ],
    untrained: [
      ...split.flatMap(({ untrained }) => untrained),
      ...numbered("state", model.scheme.state),
    ],
  };
}

function namesUnder(
  prefix: string,
  { named, trainable }: NetworkVariables,
): { trained: NamedVariable[]; untrained: NamedVariable[] } {
  const all = named.map(({ name, variable }) => ({ name: `${prefix}/${name}`, variable }));
  return { trained: all.slice(0, trainable.length), untrained: all.slice(trainable.length) };
}

/**
 * Assigns values to variables by name, after checking all of them.
 *
 * @throws RangeError when a value is missing, unknown, or of another shape or size; nothing is assigned then
 */
export function writeVariables(
  fn: string,
  variables: readonly NamedVariable[],
  values: Readonly<Record<string, NdArray>>,
): void {
  for (const { name, variable } of variables) {
    if (!Object.hasOwn(values, name)) {
      throw new RangeError(`${fn}: weights must hold ${name}, got none`);
    }
    const { data, shape } = values[name];
    const fits =
      shape.length === variable.rank &&
      shape.every((size, i) => size === variable.shape[i]) &&
      data.length === sizeOf(shape);
    if (!fits) {
      throw new RangeError(
        `${fn}: ${name} must have the shape [${variable.shape.join(", ")}], got [${shape.join(", ")}]`,
      );
    }
  }
  const known = new Set(variables.map(({ name }) => name));
  const unknown = Object.keys(values).find((name) => !known.has(name));
  if (unknown !== undefined) {
    throw new RangeError(`${fn}: weights must be those of the model, got ${unknown} too`);
  }
  for (const { name, variable } of variables) assignValues(variable, values[name].data);
}

/** Assigns a copy of the values to a variable. */
export function assignValues(variable: tf.Variable, data: NdArray["data"]): void {
  const copy = variable.dtype === "int32" ? Int32Array.from(data) : Float32Array.from(data);
  tf.tidy(() => {
    variable.assign(tf.tensor(copy, variable.shape, variable.dtype));
  });
}

/** Copies of the variables' values by name. */
export async function readVariables(
  variables: readonly NamedVariable[],
): Promise<Record<string, NdArray>> {
  const values: Record<string, NdArray> = {};
  for (const { name, variable } of variables) {
    const data = await variable.data<"float32" | "int32">();
    values[name] = { data: data.slice(), shape: [...variable.shape] };
  }
  return values;
}
