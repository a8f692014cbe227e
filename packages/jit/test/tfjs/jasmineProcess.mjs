/**
 * Runs the bundled tests in a process of their own, since jasmine and TF.js's test environment are global.
 * Prints a line of JSON with the kernels that the compiler covers, then one per test: file, name, status, the kernels that it ran, and the message if it failed.
 */
import { createRequire } from "node:module";
import Jasmine from "jasmine";

const [, , bundle, filter] = process.argv;
const runner = new Jasmine();
runner.jasmine.DEFAULT_TIMEOUT_INTERVAL = 60_000;
runner.exitOnCompletion = false;
runner.configureDefaultReporter = () => {};
runner.clearReporters();

// The tests log on purpose (tf.print, warnings); only results go to stdout.
const write = process.stdout.write.bind(process.stdout);
for (const method of ["log", "info", "warn", "error"]) console[method] = () => {};

// A suite at the top is named after the file that defines it, see the marks in build.mjs.
const describe = globalThis.describe;
let depth = 0;
globalThis.describe = (name, define) =>
  describe(depth === 0 ? `${globalThis.elboTestFile}\u0000${name}` : name, () => {
    depth++;
    define();
    depth--;
  });

const { coveredKernels, usedKernels } = createRequire(import.meta.url)(bundle);
write(JSON.stringify(coveredKernels) + "\n");

runner.addReporter({
  specStarted: () => usedKernels.clear(),
  specDone({ fullName, status, failedExpectations }) {
    if (status === "excluded") return;
    const [file, name] = fullName.replace(/ elbo-lazy \{\}/, "").split("\u0000");
    const message = failedExpectations[0]?.message ?? "";
    write(JSON.stringify({ file, name, status, kernels: [...usedKernels].sort(), message }) + "\n");
  },
});
runner.env.configure({
  random: false,
  specFilter: (spec) => !filter || spec.getFullName().includes(filter),
});
runner.onComplete(() => process.exit(0));
runner.execute();
