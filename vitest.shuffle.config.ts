import { availableParallelism } from "node:os";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { defineConfig } from "vitest/config";

/**
 * The files that take longest, longest first: whatever starts last should be short, or one core waits for it. How they were
 * found: `npx pnpm test --reporter=json --outputFile=tests.json`. The order of the others is vitest's.
 */
const longest: readonly string[] = [
  "apps/bench/test/run.test.ts",
  "packages/jit/test/browser.test.ts",
  "apps/bench/test/cli.test.ts",
  "packages/core/test/estimateMemory.test.ts",
  "packages/datasets/test/load.test.ts",
  "packages/datasets/test/hostileCsv.test.ts",
  "apps/bench/test/perfRun.test.ts",
  "packages/datasets/test/hostileNpz.test.ts",
  "packages/datasets/test/hostileImages.test.ts",
  "packages/jit/test/nativeWebgpu.test.ts",
  "packages/core/test/conformance.test.ts",
  "packages/beta-vae/test/measures/oracles.test.ts",
  "packages/vq-vae/test/learning.test.ts",
  "packages/core/test/programs/tokenVae.test.ts",
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const index = longest.findIndex((path) => moduleId.replaceAll("\\", "/").endsWith(path));
      return index < 0 ? longest.length : index;
    };
    const key=(f: TestSpecification): number => { let h = Number(process.env.SHUF ?? 1); for (const c of f.moduleId) h = Math.imul(h ^ c.charCodeAt(0), 16777619) >>> 0; return h; }; void place; return (await super.sort(files)).sort((a, b) => key(a) - key(b));
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
    // A file must then leave nothing behind: no stubbed global, no mocked module (`vi.doMock` after `vi.resetModules`, undone at the end).
    // Files side by side, one per core: vitest alone would leave one core idle, and of two use one.
    maxWorkers: availableParallelism(),
    sequence: { sequencer: LongestFirst },
  },
});
