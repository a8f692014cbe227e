import { expectClose } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { named, noChromium, trainInWorker, useChromium } from "./support/browserTraining.ts";
import { trainingRun } from "./trainingRun.ts";

useChromium();

test.skipIf(noChromium)(
  named("50 steps in a browser's worker, on one and two threads, match Node's losses"),
  async () => {
    const here = await trainingRun({ engine: "native", threads: 1 }, 50);
    for (const threads of ["auto", 2] as const) {
      const there = await trainInWorker({ engine: "auto", threads }, 50);
      expect(there.engine).toBe("wasm on cpu");
      expectClose(there.losses, here.losses, { rtol: 1e-4 });
    }
  },
  120_000,
);

test.skipIf(noChromium)(
  named("a page that is not isolated trains on one thread, the same bits, without a word"),
  async () => {
    const shared = await trainInWorker({ engine: "auto", threads: 2 }, 10);
    expect(shared.threads).toBe(2);
    for (const threads of ["auto", 2] as const) {
      const messages: string[] = [];
      const there = await trainInWorker({ engine: "auto", threads }, 10, {
        isIsolated: false,
        messages,
      });
      expect([there.engine, there.threads, messages]).toEqual(["wasm on cpu", 1, []]);
      expect(there.losses).toEqual(shared.losses);
      expect(there.weights).toEqual(shared.weights);
    }
  },
  120_000,
);

test.skipIf(noChromium)(
  named("10 steps on the portable engine leave the same bits in a browser and in Node"),
  async () => {
    const here = await trainingRun({ engine: "portable" }, 10);
    const there = await trainInWorker({ engine: "portable" }, 10);
    expect(there.losses).toEqual(here.losses);
    expect(there.weights).toEqual(here.weights);
  },
  120_000,
);
