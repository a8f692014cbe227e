import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { emptyFolder } from "@elbo/test-utils";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { encodeModel } from "../src/onnx/encode.ts";
import { operators } from "../src/onnx/operators/index.ts";
import { buildModel, toModel } from "../src/onnx/toModel.ts";
import { binary, unary } from "../src/graph/operations/elementwise.ts";
import { constant, feed, scalar } from "../src/graph/operations/leaves.ts";
import { reduce } from "../src/graph/operations/reduce.ts";
import { slice } from "../src/graph/operations/reshape.ts";
import { makeNode, type Graph } from "../src/graph/value.ts";
import { results, topologicalOrder } from "../src/graph/walk.ts";
import { simplify } from "../src/rewrite/simplify.ts";
import { trace } from "../src/trace/trace.ts";
import type { TracedFunction } from "../src/types.ts";
import { operatorNames, runInstructions } from "./support/randomGraphs.ts";
import { runModel } from "./support/runModel.ts";
import { image, imageFunctions, resizings, typedFunctions } from "./support/samples.ts";

const x = feed("x", { shape: [2, 3], dtype: "float32" });
const inputs = [{ name: "x", value: x }];
const values = new Float32Array([1, 2, 3, 4, 5, 6]);

test("a model computes its outputs from its inputs", async () => {
  const y = reduce("reduceSum", binary("mul", x, x), { axes: [1] });
  const { y: result } = await runModel(
    { inputs, outputs: [{ name: "y", value: y }] },
    { x: values },
  );
  expect(result).toEqual({ data: new Float32Array([14, 77]), shape: [2] });
});

test("an output may be an input, a constant, or given twice", async () => {
  const one = scalar(1);
  const y = unary("neg", x);
  const outputs = [
    { name: "x again", value: x },
    { name: "one", value: one },
    { name: "y", value: y },
    { name: "y again", value: y },
  ];
  const result = await runModel({ inputs, outputs }, { x: values });
  expect(result["x again"].data).toEqual(values);
  expect(result.one).toEqual({ data: new Float32Array([1]), shape: [] });
  expect(result["y again"].data).toEqual(values.map((v) => -v));
});

test("a value listed as input is read and not computed", async () => {
  const cut = unary("exp", x);
  const y = unary("neg", cut);
  const signature = {
    inputs: [{ name: "cut", value: cut }],
    outputs: [{ name: "y", value: y }],
  };
  const { y: result } = await runModel(signature, { cut: values });
  expect(result.data).toEqual(values.map((v) => -v));
});

test("a leaf that is not an input is an internal error", () => {
  expect(() => toModel({ inputs: [], outputs: [{ name: "y", value: unary("neg", x) }] })).toThrow(
    /internal: .*"x"/,
  );
});

test("the same graph gives the same bytes, and internal names keep clear of given ones", () => {
  const build = (): Uint8Array => {
    const t0 = feed("t0", { shape: [2, 3], dtype: "float32" });
    const y = binary("add", unary("exp", t0), scalar(2));
    return toModel({
      inputs: [{ name: "t0", value: t0 }],
      outputs: [{ name: "t1", value: unary("log", y) }],
    });
  };
  expect(build()).toEqual(build());
});

test("constants are shared, small ones by content", () => {
  const big = constant(new Float32Array(100), [100], "float32");
  const y = binary("add", binary("add", big, scalar(1)), binary("mul", big, scalar(1)));
  const model = buildModel({ inputs: [], outputs: [{ name: "y", value: y }] });
  expect(model.constants.map((c) => c.dims)).toEqual([[100], []]);
});

test("a large constant is not copied before the model is put together", () => {
  const data = new Float32Array(1000);
  const y = unary("neg", constant(data, [1000], "float32"));
  const model = buildModel({ inputs: [], outputs: [{ name: "y", value: y }] });
  expect(model.constants[0].data).toBe(data);
});

test("a slice with a negative stride reaches the first element", async () => {
  const y = slice(x, { begin: [1, 2], size: [2, 2], strides: [-1, -2] });
  const { y: result } = await runModel(
    { inputs, outputs: [{ name: "y", value: y }] },
    { x: values },
  );
  expect(result).toEqual({ data: new Float32Array([6, 4, 3, 1]), shape: [2, 2] });
});

test("nodes with several results keep them apart", async () => {
  const node = makeNode({ op: "topK", inputs: [x], attributes: { k: 2 } }, [
    { shape: [2, 2], dtype: "float32" },
    { shape: [2, 2], dtype: "int32" },
  ]);
  const outputs = node.outputs.map((value, i) => ({ name: `y${i}`, value }));
  const result = await runModel({ inputs, outputs }, { x: values });
  expect(result.y0.data).toEqual(new Float32Array([3, 2, 6, 5]));
  expect(result.y1.data).toEqual(new Int32Array([2, 1, 2, 1]));
});

const python = process.env.ELBO_PYTHON ?? "python3";

function hasChecker(): boolean {
  try {
    execFileSync(python, ["-c", "import onnx.checker"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const script = `
import onnx, pathlib, sys
for file in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    try:
        onnx.checker.check_model(onnx.load(file), full_check=True)
    except Exception as error:
        sys.exit(f"{file.name}: {error}")
`;

/** Graphs that together use every row of the operator tables. */
function sampleGraphs(): Graph[] {
  const f32 = (name: string, shape: readonly number[]) => ({
    name,
    shape,
    dtype: "float32" as const,
  });
  const graphs = [...imageFunctions, ...resizings].map(([, f]) =>
    trace({
      fn: ({ x }) => ({ y: f(x), dx: tf.grad((z) => tf.sum(f(z)))(x) }),
      feeds: [f32("x", [2, 6, 5, 4])],
      state: [],
    }),
  );
  const convolution = (x: tf.Tensor, w: tf.Tensor): tf.Tensor =>
    tf.add(tf.conv2d(image(x), image(w), 2, "same"), tf.depthwiseConv2d(image(x), image(w), 2, "same")); // prettier-ignore
  const gradients = tf.grads((x, w) => tf.sum(tf.square(convolution(x, w))));
  graphs.push(
    trace({
      fn: ({ x, w }) => {
        const [dx, dw] = gradients([x, w]);
        return { y: convolution(x, w), dx, dw };
      },
      feeds: [f32("x", [2, 6, 6, 1]), f32("w", [4, 4, 1, 1])],
      state: [],
    }),
  );
  for (const [, fn] of typedFunctions) {
    const feeds = [
      f32("x", [6]),
      { name: "n", shape: [6], dtype: "int32" as const },
      { name: "b", shape: [6], dtype: "bool" as const },
    ];
    graphs.push(trace({ fn, feeds, state: [] }));
  }
  const instructions = operatorNames.map((_, op) => ({ op, a: 0, b: 1, seed: 1 }));
  const everything: TracedFunction = (feeds) =>
    Object.fromEntries(
      runInstructions(Object.values(feeds), instructions).map((y, i) => [`y${i}`, y]),
    );
  const feeds = [f32("x", [3, 4]), f32("y", [3, 4])];
  graphs.push(trace({ fn: everything, feeds, state: [] }));
  return graphs;
}

const checked = hasChecker();

test("the sample graphs use every row of the operator tables", async () => {
  await tf.ready();
  const used = new Set(
    sampleGraphs().flatMap((graph) => topologicalOrder(results(graph)).map((node) => node.op)),
  );
  expect(Object.keys(operators).filter((op) => !used.has(op))).toEqual([]);
});

test.skipIf(!checked)(
  `ONNX's own checker accepts every operator (skipped when ${python} has no package onnx; ELBO_PYTHON names another)`,
  async () => {
    await tf.ready();
    const directory = await emptyFolder();
    const write = (name: string, bytes: Uint8Array): void => {
      writeFileSync(join(directory, name), bytes);
    };
    sampleGraphs().forEach((graph, i) => {
      const { outputs } = simplify(graph, { convolutions: i % 2 === 0 ? "keep" : "products" });
      write(`sample${i}.onnx`, toModel({ inputs: graph.feeds, outputs }));
    });
    const model = buildModel({ inputs, outputs: [{ name: "y", value: unary("softplus", x) }] });
    const free = [model.inputs, model.outputs].map(([value]) => [{ ...value, dims: ["batch", 3] }]);
    write("free.onnx", encodeModel({ ...model, inputs: free[0], outputs: free[1] }));
    execFileSync(python, ["-c", script, directory]);
  },
);
