import * as tf from "@tensorflow/tfjs-core";
import { shapeFor } from "./feeds.ts";
import { sizeOf } from "./graph/shape.ts";
import type { Graph, Node, Value } from "./graph/value.ts";
import { results, topologicalOrder } from "./graph/walk.ts";
import { checkOptions } from "./options.ts";
import { simplify } from "./rewrite/simplify.ts";
import { enqueue } from "./runtime/queue.ts";
import { quietTensorflow } from "./runtime/quiet.ts";
import { trace } from "./trace/trace.ts";
import type { JitOptions, TracedFunction } from "./types.ts";

/** What one call of a function takes, in bytes. */
export interface MemoryMeasure {
  readonly feeds: number;
  readonly state: number;
  readonly constants: number;
  /** All that is computed, at the moment when most of it is needed at once; results are needed to the end. */
  readonly computed: number;
}

/**
 * Says what a call of a function would take, without compiling or running it: the function is traced, simplified, and its
 * values are followed from where they are computed to where they are last used, in the order in which they were recorded.
 *
 * Engines that fuse operations take less, engines that need copies more.
 *
 * @param fn as for `jit`
 * @param options as for `jit`; engine, device and threads do not matter
 * @param batch the size that `null` stands for in the shapes of feeds
 * @throws whatever `jit` and a first call would
 */
export function measureMemory<F extends string>(
  fn: TracedFunction<F>,
  options: JitOptions<F>,
  batch: number,
): Promise<MemoryMeasure> {
  quietTensorflow();
  checkOptions(fn, options);
  return enqueue(async () => {
    await tf.ready();
    const feeds = Object.entries<JitOptions["feeds"][string]>(options.feeds).map(
      ([name, spec]) => ({ name, shape: shapeFor(spec, batch), dtype: spec.dtype ?? "float32" }),
    );
    const state = options.state ?? [];
    return measure(simplify(trace({ fn, feeds, state }), { convolutions: "keep" }));
  });
}

const bytesOf = ({ shape, dtype }: Value): number => sizeOf(shape) * (dtype === "bool" ? 1 : 4);

const sum = (values: readonly Value[]): number =>
  values.reduce((total, value) => total + bytesOf(value), 0);

/** What holds the elements of a value: a reshape holds none of its own. */
function holder(value: Value): Value {
  let current = value;
  while (current.node.op === "reshape") current = current.node.inputs[0];
  return current;
}

const leaves = new Set(["feed", "state", "constant"]);

function measure(graph: Graph): MemoryMeasure {
  const wanted = results(graph);
  const nodes = topologicalOrder(wanted);
  const constants = nodes.filter(({ op }) => op === "constant").flatMap(({ outputs }) => outputs);
  return {
    feeds: sum(graph.feeds.map(({ value }) => value)),
    state: sum(graph.state),
    constants: sum(constants),
    computed: mostAtOnce(nodes, wanted),
  };
}

/** The largest sum of bytes of values that were computed and are still needed. */
function mostAtOnce(nodes: readonly Node[], wanted: readonly Value[]): number {
  const lastUse = new Map<Value, number>();
  nodes.forEach(({ op, inputs }, at) => {
    if (op !== "reshape") for (const input of inputs) lastUse.set(holder(input), at);
  });
  for (const value of wanted) lastUse.set(holder(value), nodes.length);
  const endsAt = new Map<number, number>();
  let now = 0;
  let most = 0;
  nodes.forEach(({ op, outputs }, at) => {
    if (leaves.has(op) || op === "reshape") return;
    for (const output of outputs) {
      const bytes = bytesOf(output);
      const end = lastUse.get(output) ?? at;
      now += bytes;
      endsAt.set(end, (endsAt.get(end) ?? 0) + bytes);
    }
    most = Math.max(most, now);
    now -= endsAt.get(at) ?? 0;
  });
  return most;
}
