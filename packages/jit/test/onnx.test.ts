import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { encodeModel } from "../src/onnx/encode.ts";
import { operators } from "../src/onnx/operators/index.ts";
import { buildModel, toModel } from "../src/onnx/toModel.ts";
import { binary, unary } from "../src/graph/operations/elementwise.ts";
import { constant, feed, scalar } from "../src/graph/operations/leaves.ts";
import { reduce } from "../src/graph/operations/reduce.ts";
import { slice } from "../src/graph/operations/reshape.ts";
import { makeNode } from "../src/graph/value.ts";
import { runModel } from "./support/runModel.ts";

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

const checked = hasChecker();

test.skipIf(!checked)(
  `ONNX's own checker accepts a model (skipped when ${python} has no package onnx; ELBO_PYTHON names another)`,
  () => {
    const y = reduce("reduceSum", binary("add", unary("softplus", x), scalar(2)), { axes: [1] });
    const directory = mkdtempSync(join(tmpdir(), "elbo-onnx-"));
    try {
      const file = join(directory, "model.onnx");
      const model = buildModel({ inputs, outputs: [{ name: "y", value: y }] });
      const free = model.inputs.map((input) => ({ ...input, dims: ["batch", 3] }));
      const freeOutputs = model.outputs.map((output) => ({ ...output, dims: ["batch"] }));
      for (const bytes of [
        encodeModel(model),
        encodeModel({ ...model, inputs: free, outputs: freeOutputs }),
      ]) {
        writeFileSync(file, bytes);
        const script =
          "import onnx, sys; onnx.checker.check_model(onnx.load(sys.argv[1]), full_check=True)";
        execFileSync(python, ["-c", script, file]);
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
);

test("every operation has one row", () => {
  expect(Object.keys(operators).length).toBeGreaterThan(60);
});
