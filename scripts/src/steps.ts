/** One thing that `pnpm check` and CI do. */
export interface Step {
  readonly name: string;
  /** The command, as a developer would type it after `pnpm exec`. */
  readonly line: readonly string[];
  /** Minutes after which it counts as hung. */
  readonly limit: number;
  /** The step leaves vitest's report there, from which its tests are counted. */
  readonly testReport?: string;
}

/** vitest's own lines for people, and its report of them for `report`. */
function reporting(report: string): string[] {
  return ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
}

const testReport = ".check/tests.json";
const slowReport = ".check/slow.json";

/** A script of this folder, as `pnpm` runs it. */
function script(name: string, ...args: string[]): string[] {
  return ["node", "--import", "./scripts/typescript.mjs", `scripts/src/${name}.ts`, ...args];
}

/** The steps of `pnpm check` in the order in which they run: what fails soonest comes first. */
export const steps: readonly Step[] = [
  { name: "install", line: ["pnpm", "install", "--frozen-lockfile"], limit: 10 },
  { name: "format", line: ["pnpm", "format:check"], limit: 3 },
  { name: "typecheck", line: ["pnpm", "typecheck"], limit: 5 },
  { name: "lint", line: ["pnpm", "lint"], limit: 5 },
  {
    name: "tests",
    line: ["pnpm", "test", ...reporting(testReport)],
    limit: 30,
    testReport,
  },
  {
    name: "slow",
    line: ["pnpm", "test:slow", ...reporting(slowReport)],
    limit: 20,
    testReport: slowReport,
  },
  { name: "packages", line: ["pnpm", "check:packages"], limit: 5 },
  { name: "contents", line: script("packageContents"), limit: 5 },
  { name: "bench", line: ["pnpm", "bench", "--quick", "--fresh"], limit: 5 },
  { name: "examples", line: script("runExamples"), limit: 10 },
  { name: "installs", line: script("installMatrix", "--quick"), limit: 20 },
  { name: "rehearsal", line: script("releaseRehearsal"), limit: 10 },
];
