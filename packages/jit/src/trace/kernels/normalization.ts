import { add, div, mul, sub } from "../../graph/operations/arithmetic.ts";
import { binary, unary } from "../../graph/operations/elementwise.ts";
import { constant, scalar } from "../../graph/operations/leaves.ts";
import { matMul } from "../../graph/operations/linear.ts";
import { reshape } from "../../graph/operations/reshape.ts";
import { sizeOf } from "../../graph/shape.ts";
import type { Value } from "../../graph/value.ts";
import type { KernelCall, KernelTable } from "../kernel.ts";

/** Normalization with given statistics, and across neighbouring channels. */
export const normalizationKernels: KernelTable = {
  // (x - mean) / sqrt(variance + epsilon) * scale + offset, statistics folded together first: they are small.
  FusedBatchNorm: ({ input, optional, attributes }) => {
    const x = input("x");
    const epsilon = attributes.varianceEpsilon as number;
    const deviation = unary("sqrt", add(input("variance"), epsilon));
    const [scale, offset] = [optional("scale"), optional("offset")];
    const factor = scale ? div(scale, deviation) : unary("reciprocal", deviation);
    const normalized = mul(sub(x, input("mean")), factor);
    return offset ? add(normalized, offset) : normalized;
  },
  LRN: (call) => {
    const { x, scale, beta } = localResponse(call);
    return mul(x, binary("pow", scale, scalar(-beta)));
  },
  // dx_k = dy_k s_k^-beta - 2 alpha beta x_k * sum of dy_j y_j / s_j over the neighbours j, with s the scale.
  LRNGrad: (call) => {
    const { x, scale, beta, alpha, radius } = localResponse(call);
    const [dy, y] = [call.input("dy"), call.input("y")];
    const direct = mul(dy, binary("pow", scale, scalar(-beta)));
    const shared = channelWindowSum(div(mul(dy, y), scale), radius);
    return sub(direct, mul(mul(x, shared), 2 * alpha * beta));
  },
};

interface LocalResponse {
  readonly x: Value;
  /** `bias + alpha * sum of squares of the neighbours` */
  readonly scale: Value;
  readonly alpha: number;
  readonly beta: number;
  readonly radius: number;
}

function localResponse({ input, attributes }: KernelCall): LocalResponse {
  const x = input("x");
  const { bias, alpha, beta, depthRadius } = attributes as Record<string, number>;
  const squares = channelWindowSum(mul(x, x), depthRadius);
  return { x, scale: add(mul(squares, alpha), bias), alpha, beta, radius: depthRadius };
}

/** Sums over channels at most `radius` apart: a matrix product with a band of ones. */
function channelWindowSum(x: Value, radius: number): Value {
  const channels = x.shape[3];
  const band = new Float32Array(channels * channels).map((_, i) =>
    Math.abs(Math.floor(i / channels) - (i % channels)) <= radius ? 1 : 0,
  );
  const matrix = constant(band, [channels, channels], "float32");
  return reshape(matMul(reshape(x, [sizeOf(x.shape) / channels, channels]), matrix), x.shape);
}
