import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writeWhole } from "../src/node/writeWhole.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "elbo-common-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

test("a file is replaced, and nothing is left beside it", async () => {
  const path = join(folder, "a.txt");
  writeFileSync(path, "old and longer");
  await writeWhole(path, "n€w");
  expect(readFileSync(path, "utf8")).toBe("n€w");
  await writeWhole(path, Uint8Array.of(1, 2));
  expect([...readFileSync(path)]).toEqual([1, 2]);
  expect(readdirSync(folder)).toEqual(["a.txt"]);
});

test("what cannot be replaced is an error, and stays as it was", async () => {
  const path = join(folder, "b");
  mkdirSync(join(path, "inside"), { recursive: true });
  await expect(writeWhole(path, "text")).rejects.toThrow();
  expect(readdirSync(path)).toEqual(["inside"]);
});
