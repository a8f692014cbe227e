import { expectClose, missingWebgpu, runOnWebgpu } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { named, noChromium, trainInWorker, useChromium } from "./support/browserTraining.ts";
import { trainingRun } from "./trainingRun.ts";

useChromium({ withWebgpu: true });

test.skipIf(noChromium)(
  named("10 steps on WebGPU, state staying on the device, match the CPU's losses"),
  async () => {
    const there = await trainInWorker({ engine: "onnx", device: "webgpu" }, 10);
    expect(there.engine).toBe("onnx on webgpu");
    const here = await trainingRun({ engine: "native", threads: 1 }, 10);
    expectClose(there.losses, here.losses, { rtol: 1e-3 });
  },
  120_000,
);

test.skipIf(missingWebgpu !== "")(
  `10 steps on native WebGPU match the CPU's losses${missingWebgpu}`,
  async () => {
    const there = (await runOnWebgpu(
      import.meta.url,
      `import { trainingRun } from "./trainingRun.ts";
      const { losses, engine } = await trainingRun({ engine: "onnx", device: "webgpu" }, 10);
      console.log(JSON.stringify({ losses, engine }));`,
    )) as { losses: number[]; engine: string };
    expect(there.engine).toBe("onnx on webgpu");
    const cpu = await trainingRun({ engine: "native", threads: 1 }, 10);
    expectClose(there.losses, cpu.losses, { rtol: 1e-3 });
  },
  120_000,
);
