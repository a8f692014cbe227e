/** `ln sum exp(v_i)` without overflow, in float64. */
export function logSumExp(values: Float32Array | Float64Array): number {
  let largest = -Infinity;
  for (const value of values) largest = Math.max(largest, value);
  let sum = 0;
  for (const value of values) sum += Math.exp(value - largest);
  return largest + Math.log(sum);
}
