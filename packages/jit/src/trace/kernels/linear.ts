import * as tf from "@tensorflow/tfjs-core";
import { add, mul } from "../../graph/operations/arithmetic.ts";
import { scalar } from "../../graph/operations/leaves.ts";
import { matMul } from "../../graph/operations/linear.ts";
import { reduce } from "../../graph/operations/reduce.ts";
import { expand, reshape, transpose } from "../../graph/operations/reshape.ts";
import { sizeOf } from "../../graph/shape.ts";
import type { Value } from "../../graph/value.ts";
import type { KernelCall, KernelTable } from "../kernel.ts";
import { activate } from "./activations.ts";

/**
 * A batched product as TF.js calls it, `[batch, m, k] x [batch, k, n]`.
 *
 * Batches of one are taken away, and rows of all matrices become one matrix when the right side is the same for all:
 * a product of two matrices is the fastest there is.
 */
function product({ input, attributes }: KernelCall): Value {
  const [a, b] = [input("a"), input("b")];
  const transposeA = Boolean(attributes.transposeA);
  const transposeB = Boolean(attributes.transposeB);
  const options = { transposeA, transposeB };
  checkInner(a, b, options);
  const [m, k] = a.shape.slice(-2).map((_, i, last) => last[transposeA ? 1 - i : i]);
  const n = b.shape.at(transposeB ? -2 : -1) as number;
  const batchA = a.shape.slice(0, -2);
  const batchB = b.shape.slice(0, -2);
  const flat = (x: Value): Value => reshape(x, x.shape.slice(-2));
  const shape = (batchA.length >= batchB.length ? batchA : batchB).concat(m, n);
  if (k === 0) return expand(scalar(0, a.dtype), shape);
  if ([...shape, ...batchA, ...batchB].includes(0)) return matMul(a, b, options);
  if (sizeOf(batchB) === 1 && sizeOf(batchA) === 1) {
    return reshape(matMul(flat(a), flat(b), options), shape);
  }
  if (sizeOf(batchB) === 1 && !transposeA && batchA.length >= batchB.length) {
    return reshape(matMul(reshape(a, [sizeOf(batchA) * m, k]), flat(b), { transposeB }), shape);
  }
  return matMul(a, b, options);
}

function checkInner(
  a: Value,
  b: Value,
  options: { readonly transposeA: boolean; readonly transposeB: boolean },
): void {
  const inner = [
    a.shape.at(options.transposeA ? -2 : -1),
    b.shape.at(options.transposeB ? -1 : -2),
  ];
  if (a.shape.length >= 2 && b.shape.length >= 2 && inner[0] === inner[1]) return;
  throw new RangeError(
    `jit: matMul must have matrices with the same inner dimension, got [${a.shape.join(", ")}] and [${b.shape.join(", ")}]`,
  );
}

/** Matrix products and sums of products. */
export const linearKernels: KernelTable = {
  BatchMatMul: product,
  Einsum: ({ inputs, attributes }) => einsum(attributes.equation as string, inputs),
  _FusedMatMul: (call) => {
    const bias = call.optional("bias");
    const y = product(call);
    return activate(bias ? add(y, bias) : y, call);
  },
};

/** Sums of products over named dimensions: `"ij,jk->ik"`, of one or two operands, as TF.js has it. */
function einsum(equation: string, operands: readonly Value[]): Value {
  const { allDims, idDims } = tf.backend_util.decodeEinsumEquation(equation, operands.length);
  const shapes = operands.map((x) => ({ shape: [...x.shape] }) as tf.Tensor);
  tf.backend_util.checkEinsumDimSizes(allDims.length, idDims, shapes);
  const [left, output] = equation.replaceAll(/\s/g, "").split("->");
  const terms = left.split(",").map((names, i) => ({ names, value: operands[i] }));
  const kept = new Set(output);
  const reduced = keepOnly(
    terms.reduce((x, y) => contract(x, y, kept)),
    kept,
  );
  return transpose(
    reduced.value,
    [...output].map((name) => reduced.names.indexOf(name)),
  );
}

interface Named {
  readonly names: string;
  readonly value: Value;
}

/** Sums over the dimensions that nobody needs. */
function keepOnly({ names, value }: Named, needed: ReadonlySet<string>): Named {
  const axes = [...names].flatMap((name, i) => (needed.has(name) ? [] : [i]));
  const kept = [...names].filter((name) => needed.has(name)).join("");
  return { names: kept, value: reduce("reduceSum", value, { axes }) };
}

/** The product of two operands as one batched matrix product: [shared and kept, own, summed] x [shared and kept, summed, own]. */
function contract(x: Named, y: Named, needed: ReadonlySet<string>): Named {
  const a = keepOnly(x, new Set([...needed, ...y.names]));
  const b = keepOnly(y, new Set([...needed, ...x.names]));
  const shared = [...a.names].filter((name) => b.names.includes(name));
  const batch = shared.filter((name) => needed.has(name)).join("");
  const summed = shared.filter((name) => !needed.has(name)).join("");
  const ownA = [...a.names].filter((name) => !b.names.includes(name)).join("");
  const ownB = [...b.names].filter((name) => !a.names.includes(name)).join("");
  const names = batch + ownA + ownB;
  const size = (name: string): number =>
    a.names.includes(name)
      ? a.value.shape[a.names.indexOf(name)]
      : b.value.shape[b.names.indexOf(name)];
  const shape = [...names].map(size);
  const sizes = (list: string): number => sizeOf([...list].map(size));
  const left = arrange(a, [batch, ownA, summed]);
  const right = arrange(b, [batch, summed, ownB]);
  if (summed === "") {
    const rows = reshape(left, [sizes(batch), sizes(ownA), 1]);
    return { names, value: reshape(mul(rows, right), shape) };
  }
  if (shape.includes(0) || sizes(summed) === 0) {
    return { names, value: expand(scalar(0, a.value.dtype), shape) };
  }
  return { names, value: reshape(matMul(left, right), shape) };
}

/** Permutes and merges dimensions into one per group. */
function arrange({ names, value }: Named, groups: readonly string[]): Value {
  const moved = transpose(
    value,
    [...groups.join("")].map((name) => names.indexOf(name)),
  );
  let at = 0;
  const shape = groups.map((group) => sizeOf(moved.shape.slice(at, (at += group.length))));
  return reshape(moved, shape);
}
