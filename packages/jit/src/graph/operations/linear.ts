import { broadcastShapes } from "../shape.ts";
import { makeValue, type Value } from "../value.ts";

/** Which factors of {@link matMul} are transposed in their last two dimensions. */
export interface MatMulOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

/** Matrix product over the last two dimensions `[..., m, k] x [..., k, n] -> [..., m, n]`; leading dimensions broadcast. */
export function matMul(a: Value, b: Value, options: MatMulOptions = {}): Value {
  const { transposeA = false, transposeB = false } = options;
  const m = a.shape.at(transposeA ? -1 : -2) as number;
  const n = b.shape.at(transposeB ? -2 : -1) as number;
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
  return makeValue(
    { op: "matMul", inputs: [a, b], attributes: { transposeA, transposeB } },
    { shape: [...batch, m, n], dtype: a.dtype },
  );
}
