/** Runs TF.js's own tests against the compiler and writes COVERAGE.md. */
import { writeFileSync } from "node:fs";
import { format, resolveConfig } from "prettier";
import { coverageTable, runTests } from "../test/tfjs/index.mjs";

const target = new URL("../COVERAGE.md", import.meta.url);
const run = await runTests();
const options = await resolveConfig(target);
writeFileSync(
  target,
  await format(coverageTable(run), { ...options, parser: "markdown", proseWrap: "preserve" }),
);
const passed = run.results.filter(({ status }) => status === "passed").length;
console.log(`${passed} of ${run.results.length} tests pass; COVERAGE.md written`);
