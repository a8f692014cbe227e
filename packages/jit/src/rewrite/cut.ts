/**
 * Cuts the elementwise updates off a graph.
 *
 * The tail of a training step, from gradients and state to the new state, is elementwise: on a CPU it is faster as one
 * loop per variable over memory than as a dozen operators that each make a pass. What the loops read stays in the graph
 * as a result; what no loop can hold stays in the graph as an update.
 */
import { isLoopOperation, type LoopBody } from "../loops/kernel.ts";
import { sizeOf } from "../graph/shape.ts";
import { makeValue, type Graph, type Value } from "../graph/value.ts";

/** A loop, where its operands come from and where its results go. */
export interface Loop {
  readonly body: LoopBody;
  /** Number of elements. */
  readonly length: number;
  /** The state that each result becomes. */
  readonly writes: readonly number[];
}

/** A graph without its elementwise updates, and these as loops. */
export interface Cut {
  readonly loops: readonly Loop[];
  /** Values that the graph computes for the loops, arrays and scalars. */
  readonly values: readonly Value[];
  /** Updates that stay in the graph. */
  readonly updates: Graph["updates"];
}

/** Separates what loops can do from what the graph must do. */
export function cutUpdates(graph: Graph): Cut {
  const own = new Set(graph.state);
  const inLoops = graph.updates.filter(({ value }) => isUpdate(value));
  const updates = graph.updates.filter(({ value }) => !isUpdate(value));
  const loops = groups(inLoops, graph).map(makeLoop);
  const values = new Set<Value>();
  for (const { body } of loops) {
    for (const value of body.arrays) if (!own.has(value)) values.add(value);
    for (const value of body.scalars) if (!isKnown(value)) values.add(value);
  }
  return { loops, values: [...values], updates };
}

/** Whether a single number is there before the graph runs. */
function isKnown({ node }: Value): boolean {
  return node.op === "feed" || node.op === "state" || node.op === "constant";
}

function isUpdate(value: Value): boolean {
  return value.dtype === "float32" && sizeOf(value.shape) > 1 && isInner(unwrap(value));
}

/**
 * Whether a value is computed inside a loop: every operand is as large as the result or a single number. Loops read
 * float32 only, so a boolean operand must itself be computed inside: in memory it is bytes, not masks.
 */
function isInner({ node, shape }: Value): boolean {
  const size = sizeOf(shape);
  const fits = (input: Value): boolean => {
    const operand = unwrap(input);
    const inputSize = sizeOf(operand.shape);
    if (operand.dtype !== "float32") return inputSize === size && isInner(operand);
    return inputSize === size || inputSize === 1;
  };
  return isLoopOperation(node) && node.inputs.every(fits);
}

/** What is under reshapes, which keep the order of the elements, and under the broadcast of a single number. */
function unwrap(value: Value): Value {
  const { op, inputs } = value.node;
  const input = inputs[0];
  if (op === "reshape" && input) return unwrap(input);
  if (op === "expand" && input && sizeOf(input.shape) === 1) return unwrap(input);
  return value;
}

type Update = Graph["updates"][number];

/** Updates that share a computed value, or read a variable that another of them writes, must run in one loop. */
function groups(updates: readonly Update[], graph: Graph): Update[][] {
  const parent = updates.map((_, i) => i);
  const find = (i: number): number => (parent[i] === i ? i : find(parent[i]));
  const owner = new Map<Value, number>();
  updates.forEach(({ state }, i) => owner.set(graph.state[state], i));
  updates.forEach(({ value }, i) => {
    const size = sizeOf(value.shape);
    const visit = (inner: Value): void => {
      if (sizeOf(inner.shape) !== size) return;
      const other = owner.get(inner);
      if (other !== undefined) {
        parent[find(other)] = find(i);
      } else if (isInner(inner)) {
        owner.set(inner, i);
        inner.node.inputs.map(unwrap).forEach(visit);
      }
    };
    visit(unwrap(value));
  });
  const byRoot = new Map<number, Update[]>();
  updates.forEach((update, i) => {
    const root = find(i);
    byRoot.set(root, [...(byRoot.get(root) ?? []), update]);
  });
  return [...byRoot.values()];
}

/** Rebuilds the expressions of a group over plain operands. */
function makeLoop(group: readonly Update[]): Loop {
  const arrays = new Set<Value>();
  const scalars = new Set<Value>();
  const rebuilt = new Map<Value, Value>();
  const length = sizeOf(group[0].value.shape);
  const rebuild = (original: Value): Value => {
    const value = unwrap(original);
    const known = rebuilt.get(value);
    if (known) return known;
    const result = rebuildOnce(value);
    rebuilt.set(value, result);
    return result;
  };
  const rebuildOnce = (value: Value): Value => {
    if (sizeOf(value.shape) === length && isInner(value)) {
      const { op, attributes, inputs } = value.node;
      return makeValue({ op, attributes, inputs: inputs.map(rebuild) }, value);
    }
    (sizeOf(value.shape) === 1 ? scalars : arrays).add(value);
    return value;
  };
  const results = group.map(({ value }) => rebuild(value));
  return {
    body: { arrays: [...arrays], scalars: [...scalars], results },
    length,
    writes: group.map(({ state }) => state),
  };
}
