/**
 * `pnpm check [STEP...]`: what CI runs, one line per step. What a step printed is shown when it fails and kept in
 * `.check/STEP.log` otherwise. The last line counts tests, with every other step as one.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand, withPath, type CommandResult } from "./command.ts";
import { steps, type Step } from "./steps.ts";
import { countTests, type TestCount } from "./testCount.ts";
import { root } from "./workspace.ts";

const logs = join(root, ".check");

async function runStep(step: Step): Promise<TestCount> {
  const report = step.testReport && join(root, step.testReport);
  if (report) rmSync(report, { force: true });
  process.stdout.write(`${step.name.padEnd(10)} `);
  const env = { ...withPath(), FORCE_COLOR: "0", NO_COLOR: "1" };
  const result = await runCommand(step.line, { env, timeout: step.limit * 60 });
  writeFileSync(join(logs, `${step.name}.log`), result.output);
  const count = report ? countTests(report, result.code) : countStep(result);
  console.log(describe(step, result, count));
  return count;
}

function countStep({ code }: CommandResult): TestCount {
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

function describe(step: Step, result: CommandResult, count: TestCount): string {
  const verdict = count.failed > 0 ? "FAILED" : "passed";
  const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : "";
  const tests = step.testReport ? `  ${count.passed} passed, ${count.failed} failed${skipped}` : "";
  const line = `${verdict} ${result.seconds.toFixed(1).padStart(7)} s${tests}`;
  if (count.failed > 0) return `${line}\n\n$ ${step.line.join(" ")}\n${result.output.trim()}\n`;
  const skips = result.output.split("\n").filter((text) => text.startsWith("SKIPPED"));
  return [line, ...skips.map((text) => `           ${text}`)].join("\n");
}

function chosenSteps(names: readonly string[]): readonly Step[] {
  const known = steps.map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    console.error(`check: a step must be one of ${known.join(", ")}, got ${unknown.join(", ")}`);
    process.exit(2);
  }
  return names.length === 0 ? steps : steps.filter(({ name }) => names.includes(name));
}

const chosen = chosenSteps(process.argv.slice(2));
mkdirSync(logs, { recursive: true });
let [passed, failed] = [0, 0];
for (const step of chosen) {
  const count = await runStep(step);
  passed += count.passed;
  failed += count.failed;
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
