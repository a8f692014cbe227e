import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { countByFile, parsePassed, reasonFor, runTests } from "./tfjs/index.mjs";

const table = parsePassed(readFileSync(new URL("../COVERAGE.md", import.meta.url), "utf8"));

test.each(["native", "wasm"] as const)(
  "TF.js's own tests pass on %s, or it is known why they need not, and no fewer than COVERAGE.md says",
  async (engine) => {
    const { results } = await runTests("", engine);
    const unexplained = results.filter(
      (result) => result.status === "failed" && reasonFor(result) === undefined,
    );
    expect(unexplained).toEqual([]);
    const now = countByFile(results);
    const worse = [...table].filter(([file, passed]) => (now.get(file)?.passed ?? 0) < passed);
    expect(table.size).toBeGreaterThan(150);
    expect(worse).toEqual([]);
  },
  300_000,
);
