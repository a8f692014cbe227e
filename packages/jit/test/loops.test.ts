import fc from "fast-check";
import { expect, test } from "vitest";
import { binary, cast, select, unary } from "../src/graph/operations/elementwise.ts";
import { feed } from "../src/graph/operations/leaves.ts";
import type { Value } from "../src/graph/value.ts";
import { emitLoop, loopKey, type LoopFunction } from "../src/loops/kernel.ts";

const memory = new WebAssembly.Memory({ initial: 4, maximum: 65536 });

async function load(module: Uint8Array<ArrayBuffer>): Promise<LoopFunction> {
  const { instance } = await WebAssembly.instantiate(module, { env: { memory } });
  return instance.exports.run as LoopFunction;
}

const array = (name: string): Value => feed(name, { shape: [8], dtype: "float32" });
const number = (name: string): Value => feed(name, { shape: [], dtype: "float32" });

const a = array("a");
const b = array("b");
const s = number("s");

const cases: [string, Value, (x: number, y: number, k: number) => number][] = [
  ["add", binary("add", a, b), (x, y) => x + y],
  ["sub", binary("sub", a, s), (x, _, k) => x - k],
  ["mul", binary("mul", a, b), (x, y) => x * y],
  ["div", binary("div", a, b), (x, y) => x / y],
  ["min", binary("min", a, b), (x, y) => Math.min(x, y)],
  ["max", binary("max", a, b), (x, y) => Math.max(x, y)],
  ["abs", unary("abs", a), Math.abs],
  ["neg", unary("neg", a), (x) => -x],
  ["sqrt", unary("sqrt", unary("abs", a)), (x) => Math.sqrt(Math.abs(x))],
  ["select", select(binary("less", a, b), a, b), (x, y) => (x < y ? x : y)],
  ["cast", cast(binary("greaterEqual", a, b), "float32"), (x, y) => (x >= y ? 1 : 0)],
  [
    "logic",
    cast(unary("not", binary("or", binary("equal", a, b), binary("greater", a, s))), "float32"),
    (x, y, k) => (!(x === y || x > k) ? 1 : 0),
  ],
];

test.each(cases)("a loop of %s computes it for every element", async (_, result, expected) => {
  const run = await load(emitLoop({ arrays: [a, b], scalars: [s], results: [result] }));
  const float = fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e3, max: 1e3 });
  const eight = fc.float32Array({
    minLength: 8,
    maxLength: 8,
    noNaN: true,
    noDefaultInfinity: true,
  });
  fc.assert(
    fc.property(eight, eight, float, (x, y, k) => {
      new Float32Array(memory.buffer, 64, 8).set(x);
      new Float32Array(memory.buffer, 128, 8).set(y);
      run(32, 64, 128, 192, k);
      const actual = new Float32Array(memory.buffer, 192, 8);
      const want = Float32Array.from(x, (v, i) => expected(v, y[i], k));
      expect(Array.from(actual)).toEqual(Array.from(want));
    }),
    { seed: 5, numRuns: 50 },
  );
});

test("results may overwrite their operands", async () => {
  const run = await load(
    emitLoop({ arrays: [a, b], scalars: [], results: [binary("add", a, b), binary("mul", a, b)] }),
  );
  new Float32Array(memory.buffer, 64, 8).fill(3);
  new Float32Array(memory.buffer, 128, 8).fill(4);
  run(32, 64, 128, 64, 128);
  expect(new Float32Array(memory.buffer, 64, 8)[7]).toBe(7);
  expect(new Float32Array(memory.buffer, 128, 8)[7]).toBe(12);
});

test("bodies that compute the same have one key, others another", () => {
  const body = (result: Value): string =>
    loopKey({ arrays: [a, b], scalars: [], results: [result] });
  expect(body(binary("add", a, b))).toBe(body(binary("add", a, b)));
  expect(body(binary("add", a, b))).not.toBe(body(binary("add", b, a)));
});
