import { Random } from "@elbo/core";
import { expect, test } from "vitest";
import { AnsStack, countTotal } from "../src/coding/ans.ts";
import { countsInto, cumulativeOf, symbolAt } from "../src/coding/counts.ts";
import { expOfNegative } from "../src/coding/exponential.ts";
import { logisticTable, normalTable, placeOf, valueAt } from "../src/coding/tables.ts";

const countsOf = (logits: readonly number[]): Float64Array => {
  const counts = new Float64Array(logits.length);
  countsInto(counts, Float32Array.from(logits));
  return counts;
};

const startOf = (counts: Float64Array, k: number): number =>
  counts.subarray(0, k).reduce((a, b) => a + b, 0);

test("the exponential is Math.exp to a few units of the last place, and 0 far below", () => {
  const random = new Random(1);
  for (let i = 0; i < 20_000; i++) {
    const x = -700 * random.uniform() ** 3;
    expect(Math.abs(expOfNegative(x) / Math.exp(x) - 1)).toBeLessThan(1e-15);
  }
  expect([expOfNegative(0), expOfNegative(-800), expOfNegative(-Infinity)]).toEqual([1, 0, 0]);
});

test.each([
  ["one symbol", [0]],
  ["two", [0, -3]],
  ["one that is nearly certain", [0, -40, -60, -1000]],
  ["one that is impossible", [1, -Infinity, 0]],
  ["many", Array.from({ length: 65_536 }, (_, k) => Math.sin(k))],
])("frequencies add up to 2^24, none of a possible code is 0: %s", (_, logits) => {
  const counts = countsOf(logits);
  expect(counts.reduce((a, b) => a + b, 0)).toBe(countTotal);
  logits.forEach((logit, k) => {
    expect(counts[k] > 0).toBe(logit > -Infinity);
  });
});

test("a stack gives back what was put on it, last in, first out, down to empty", () => {
  const random = new Random(2);
  const tables = [countsOf([0]), countsOf([0, -20]), countsOf([0, 0, 0]), countsOf([0, -3, -9, 1])];
  const pushed = Array.from({ length: 20_000 }, () => {
    const counts = tables[random.integer(tables.length)];
    return { counts, code: random.integer(counts.length) };
  });
  const stack = new AnsStack();
  for (const { counts, code } of pushed) stack.push(startOf(counts, code), counts[code]);
  const read = AnsStack.fromBytes(stack.toBytes());
  for (const { counts, code } of pushed.reverse()) {
    const slot = read.peek();
    const start = startOf(counts, code);
    expect(slot >= start && slot < start + counts[code]).toBe(true);
    read.pop(start, counts[code]);
  }
  expect(read.isEmpty).toBe(true);
});

test("nothing takes 7 bytes, and a long message its information content to one part in 10,000", () => {
  expect(new AnsStack().toBytes().length).toBe(7);
  const random = new Random(3);
  const counts = countsOf([0, -1, -2, -6]);
  const stack = new AnsStack();
  let bits = 0;
  for (let i = 0; i < 100_000; i++) {
    const slot = random.integer(countTotal);
    let code = 0;
    while (startOf(counts, code + 1) <= slot) code++;
    bits -= Math.log2(counts[code] / countTotal);
    stack.push(startOf(counts, code), counts[code]);
  }
  expect(Math.abs((stack.toBytes().length * 8) / bits - 1)).toBeLessThan(1e-4 + 56 / bits);
});

test("an empty stack takes from its source of bits, and gives them back", () => {
  const random = new Random(4);
  const stack = new AnsStack(() => random.uint32() & 0xffff);
  const counts = countsOf([0, -1, -2]);
  const codes = Array.from({ length: 500 }, () => {
    const slot = stack.peek();
    let code = 0;
    while (startOf(counts, code + 1) <= slot) code++;
    stack.pop(startOf(counts, code), counts[code]);
    return code;
  });
  expect(new Set(codes)).toEqual(new Set([0, 1, 2]));
  const before = stack.toBytes().length;
  for (const code of codes.reverse()) stack.push(startOf(counts, code), counts[code]);
  expect(stack.toBytes().length).toBeGreaterThan(before + 60); // 500 codes of 1.2 bits
  expect(() => new AnsStack().pop(0, 1)).toThrow("got an end before it");
});

test.each([new Uint8Array(3), new Uint8Array(8), new Uint8Array(7), new Uint8Array(7).fill(255)])(
  "what is no stack is refused: %#",
  (bytes) => {
    expect(() => AnsStack.fromBytes(bytes)).toThrow("data must be what compress wrote");
  },
);

const normalReference = [
  [-3, 0.0013498980316300933],
  [-1, 0.15865525393145707],
  [0, 0.5],
  [0.5, 0.6914624612740131],
  [2, 0.9772498680518208],
]; // Phi by scipy.special.ndtr

test("tables are the distribution functions, never fall, and are inverted by placeOf", () => {
  for (const [x, value] of normalReference) {
    expect(Math.abs(valueAt(normalTable(), x) - value)).toBeLessThan(2e-7);
    expect(Math.abs(placeOf(normalTable(), value) - x)).toBeLessThan(1e-4);
  }
  for (const table of [normalTable(), logisticTable()]) {
    let before = 0;
    for (let x = -30; x < 30; x += 0.00137) {
      const value = valueAt(table, x);
      expect(value >= before).toBe(true);
      before = value;
    }
    expect([valueAt(table, -Infinity), valueAt(table, Infinity)]).toEqual([0, 1]);
  }
  for (const x of [-9, -1, 0, 3]) {
    expect(Math.abs(valueAt(logisticTable(), x) - 1 / (1 + Math.exp(-x)))).toBeLessThan(2e-7);
  }
});

test("every count belongs to the symbol whose range it is in", () => {
  const cumulative = cumulativeOf(100, (i) => valueAt(normalTable(), (i - 20) / 2));
  for (let symbol = 0; symbol < 100; symbol++) {
    const [start, end] = [cumulative.start(symbol), cumulative.start(symbol + 1)];
    expect(end).toBeGreaterThan(start);
    expect([symbolAt(cumulative, start), symbolAt(cumulative, end - 1)]).toEqual([symbol, symbol]);
  }
});
