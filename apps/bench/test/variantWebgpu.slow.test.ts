import { expectClose, missingWebgpu, runOnWebgpu } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { variantNames, variantRun } from "./support/variantRuns.ts";

// A run amplifies the rounding of every step: 50 steps of Adam take 1e-7 to about 1e-4.
const tolerance = { rtol: 1e-3 };

test.skipIf(missingWebgpu !== "")(
  `50 steps of every variant on WebGPU equal eager ones${missingWebgpu}`,
  async () => {
    const runs = (await runOnWebgpu(
      import.meta.url,
      `import { variantNames, variantRun } from "./support/variantRuns.ts";
      const runs = [];
      for (const name of variantNames) runs.push(await variantRun(name, { engine: "onnx", device: "webgpu" }));
      console.log(JSON.stringify(runs));`,
    )) as { losses: number[]; engine: string }[];
    for (const [i, name] of variantNames.entries()) {
      expect(runs[i].engine).toBe("onnx on webgpu");
      const { losses } = await variantRun(name, { engine: "native", threads: 1 });
      expectClose(runs[i].losses, losses, tolerance);
    }
  },
);
