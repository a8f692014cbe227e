import { availableParallelism } from "node:os";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { defineConfig } from "vitest/config";

/**
 * The files that take longest, longest first: whatever starts last should be short, or one core waits for it. How they were
 * found: `npx pnpm test --reporter=json --outputFile=tests.json`. The order of the others is vitest's.
 */
const longest: readonly string[] = [
  "apps/bench/test/run.test.ts",
  "apps/bench/test/cli.test.ts",
  "packages/core/test/estimateMemory.test.ts",
  "packages/datasets/test/load.test.ts",
  "packages/datasets/test/hostileCsv.test.ts",
  "apps/bench/test/perfRun.test.ts",
  "packages/datasets/test/hostileNpz.test.ts",
  "packages/datasets/test/hostileImages.test.ts",
  "packages/core/test/conformance.test.ts",
  "packages/beta-vae/test/measures/oracles.test.ts",
  "packages/vq-vae/test/learning.test.ts",
  "packages/core/test/programs/tokenVae.test.ts",
  "packages/jit/test/browser.test.ts",
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const index = longest.findIndex((path) => moduleId.replaceAll("\\", "/").endsWith(path));
      return index < 0 ? longest.length : index;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}

export default defineConfig({
  test: {
    projects: [
      "packages/*/vitest.config.ts",
      "apps/*/vitest.config.ts",
      "scripts/vitest.config.ts",
    ],
    // Where a project says `isolate: false`, a worker loads TF.js and the sources once and not for each file: a quarter of the time.
    // A file must then leave nothing behind: no stubbed global, no mocked module, and never `vi.resetModules`, which would register
    // kernels with TF.js a second time.
    // Files side by side, one per core: vitest alone would leave one core idle, and of two use one.
    maxWorkers: availableParallelism(),
    sequence: { sequencer: LongestFirst },
  },
});
