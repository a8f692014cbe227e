/** Values of named variables: read, checked, assigned. */
import * as tf from "@tensorflow/tfjs-core";
import type { NdArray } from "@elbo/jit";
import { sizeOf } from "../shape.ts";
import type { NamedVariables } from "../step/part.ts";

/** Copies of the variables' values by name. */
export async function readVariables(variables: NamedVariables): Promise<Record<string, NdArray>> {
  const values: Record<string, NdArray> = {};
  for (const [name, variable] of Object.entries(variables)) {
    const data = await variable.data<"float32" | "int32">();
    values[name] = { data: data.slice(), shape: [...variable.shape] };
  }
  return values;
}

/**
 * Assigns values to variables by name, after checking all of them.
 *
 * @throws RangeError when a value is missing, unknown, or of another shape or size; nothing is assigned then
 */
export function writeVariables(
  fn: string,
  variables: NamedVariables,
  values: Readonly<Record<string, NdArray>>,
): void {
  for (const [name, variable] of Object.entries(variables)) {
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
  const unknown = Object.keys(values).find((name) => !Object.hasOwn(variables, name));
  if (unknown !== undefined) {
    throw new RangeError(`${fn}: weights must be those of the model, got ${unknown} too`);
  }
  for (const [name, variable] of Object.entries(variables)) {
    assignValues(variable, values[name].data);
  }
}

/** Assigns a copy of the values to a variable. */
export function assignValues(variable: tf.Variable, data: NdArray["data"]): void {
  const copy = variable.dtype === "int32" ? Int32Array.from(data) : Float32Array.from(data);
  tf.tidy(() => {
    variable.assign(tf.tensor(copy, variable.shape, variable.dtype));
  });
}
