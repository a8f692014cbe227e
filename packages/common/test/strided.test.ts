import { expect, test } from "vitest";
import { copyStrided } from "../src/index.ts";

test("a view with an offset and other strides is copied in the order of its shape", () => {
  const from = Int32Array.from({ length: 24 }, (_, i) => i); // [2, 3, 4]
  const into = new Int32Array(4);
  copyStrided(from, into, { shape: [2, 2], strides: [2, 4], offset: 12 });
  expect([...into]).toEqual([12, 16, 14, 18]);
});

test("integers of 64 bits, a single element, and none", () => {
  const into = new BigInt64Array(1);
  copyStrided(BigInt64Array.of(1n, 2n), into, { shape: [], strides: [], offset: 1 });
  expect(into[0]).toBe(2n);
  copyStrided(new Float32Array(0), new Float32Array(0), { shape: [0, 3], strides: [3, 1] });
});
