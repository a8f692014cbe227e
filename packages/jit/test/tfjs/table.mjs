import { reasonFor } from "./reasons.mjs";

/** @type {import("./index.d.mts").countByFile} */
export function countByFile(results) {
  return count(results, ({ file }) => [file]);
}

function count(results, keysOf) {
  const counts = new Map();
  for (const result of results) {
    for (const key of keysOf(result)) {
      const entry = counts.get(key) ?? { passed: 0, tests: 0 };
      entry.tests++;
      if (result.status === "passed") entry.passed++;
      counts.set(key, entry);
    }
  }
  return counts;
}

/** The rows of a table of counts, as {@link parseCounts} reads them. */
function rows(counts) {
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { passed, tests }]) => `| ${name} | ${passed} | ${tests} |`);
}

/** @type {import("./index.d.mts").parsePassed} */
export function parsePassed(markdown) {
  const matches = markdown.matchAll(/^\| ((?:ops|optimizers)\/\S+|gradients) +\| +(\d+) +\|/gm);
  return new Map([...matches].map(([, file, passed]) => [file, Number(passed)]));
}

/** @type {import("./index.d.mts").coverageTable} */
export function coverageTable({ covered: coveredKernels, results }) {
  const failed = results.filter(({ status }) => status === "failed");
  const explained = failed.map((test) => ({ ...test, ...reasonFor(test) }));
  const covered = explained.filter(({ covered: yes }) => yes !== false);
  const outside = new Map();
  for (const { covered: yes, reason } of explained) {
    if (yes === false) outside.set(reason, (outside.get(reason) ?? 0) + 1);
  }
  const passed = results.filter(({ status }) => status === "passed").length;
  const byKernel = count(results, ({ kernels }) => kernels);
  const untested = coveredKernels.filter((kernel) => !byKernel.has(kernel));
  return `# Coverage

TF.js's own tests of operators, optimizers and gradients, run against the compiler: every tensor that a test reads is recorded,
rewritten, planned and computed by the kernels, native and in WebAssembly. Written by \`pnpm --filter @elbo/jit coverage\`; a test compares.

${passed} of ${results.length} tests pass. ${coveredKernels.length} kernels are covered; without a test are: ${untested.join(", ") || "none"}.
Tests that need synchronous reads are left out: nothing compiled can be read that way.

## Tests of covered kernels that do not pass

| test | why it does not matter |
| --- | --- |
${covered.map(({ file, name, reason }) => `| ${file}: ${name} | ${reason ?? "**unexplained**"} |`).join("\n")}

## Tests outside of what is compiled

| reason | tests |
| --- | --- |
${[...outside]
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([reason, tests]) => `| ${reason} | ${tests} |`)
  .join("\n")}

## By kernel

How many of the tests that run a kernel pass; a test runs several.

| kernel | passed | tests |
| --- | --- | --- |
${rows(byKernel).join("\n")}

## By test file

| file | passed | tests |
| --- | --- | --- |
${rows(countByFile(results)).join("\n")}
`;
}
