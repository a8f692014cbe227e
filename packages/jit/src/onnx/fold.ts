/** Moves of constants done when a model is written: other tools want the weights of convolutions as they are multiplied. */
import { copyStrided } from "@elbo/common";
import { sizeOf } from "../graph/shape.ts";
import type { OnnxTensor } from "./encode.ts";

type Tensor = Omit<OnnxTensor, "name">;

/** A constant with its dimensions in another order. */
export function transposeConstant({ type, dims, data }: Tensor, perm: readonly number[]): Tensor {
  const strides = dims.map((_, i) => sizeOf(dims.slice(i + 1)));
  const shape = perm.map((axis) => dims[axis]);
  const moved = data.slice();
  copyStrided(data, moved, { shape, strides: perm.map((axis) => strides[axis]) });
  return { type, dims: shape, data: moved };
}

/** A constant in another shape. */
export function reshapeConstant({ type, data }: Tensor, shape: Tensor): Tensor {
  return { type, dims: Array.from(shape.data as BigInt64Array, Number), data };
}

/** The means of a float constant over some axes, summed in float64. */
export function meanOfConstant(
  { type, dims, data }: Tensor,
  axes: readonly number[],
  keepsDims: boolean,
): Tensor {
  const shape = dims.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const sums = new Float64Array(sizeOf(shape));
  data.forEach((value: number | bigint, i: number) => {
    let place = 0;
    let rest = i;
    let step = 1;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      const at = rest % dims[axis];
      rest = (rest - at) / dims[axis];
      if (shape[axis] > 1) place += at * step;
      step *= shape[axis];
    }
    sums[place] += Number(value);
  });
  const count = data.length / sums.length;
  return {
    type,
    dims: keepsDims ? shape : shape.filter((_, axis) => !axes.includes(axis)),
    data: Float32Array.from(sums, (sum) => sum / count),
  };
}
