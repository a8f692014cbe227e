import type { Emitter, OperatorTable } from "./emitter.ts";

/** Matrix products. */
export const linearOperators: OperatorTable = {
  // Gemm transposes for free, but only matrices.
  matMul: (node, [a, b], emit) => {
    const { transposeA, transposeB } = node.attributes;
    const ranks = node.inputs.map((input) => input.shape.length);
    const matrices = ranks.every((rank) => rank === 2) && node.outputs[0].dtype === "float32";
    if (matrices && (transposeA || transposeB)) {
      return emit.node("Gemm", [a, b], { transA: Number(transposeA), transB: Number(transposeB) });
    }
    return emit.node("MatMul", [
      transposeA ? swapped(emit, a, ranks[0]) : a,
      transposeB ? swapped(emit, b, ranks[1]) : b,
    ]);
  },
};

function swapped(emit: Emitter, name: string, rank: number): string {
  const perm = Array.from({ length: rank }, (_, i) => i);
  return emit.node("Transpose", [name], {
    perm: [...perm.slice(0, -2), rank - 1, rank - 2],
  });
}
