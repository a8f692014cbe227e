import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expectClose, webgpuEnvironment } from "@elbo/test-utils";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { trainingRun } from "./trainingRun.ts";

const isThere = webgpuEnvironment(tmpdir()) !== undefined;
const reason = isThere ? "" : " (skipped: no Vulkan driver found; set VK_ICD_FILENAMES)";

test.skipIf(!isThere)(
  `10 steps on native WebGPU match the CPU's losses${reason}`,
  async () => {
    const here = fileURLToPath(new URL(".", import.meta.url));
    const folder = await mkdtemp(join(here, "..", "node_modules", ".webgpu-"));
    const outfile = join(folder, "run.mjs");
    await build({
      stdin: {
        contents:
          'import { trainingRun } from "./trainingRun.ts";\n' +
          'const { losses, engine } = await trainingRun({ engine: "native", device: "webgpu" }, 10);\n' +
          "console.log(JSON.stringify({ losses, engine })); process.exit(0);",
        resolveDir: here,
        loader: "ts",
      },
      bundle: true,
      platform: "node",
      format: "esm",
      conditions: ["@elbo/source"],
      external: ["onnxruntime-node", "onnxruntime-web", "@tensorflow/tfjs"],
      outfile,
    });
    const { stdout } = await promisify(execFile)(process.execPath, [outfile], {
      env: webgpuEnvironment(folder),
    }).finally(() => rm(folder, { recursive: true }));
    const there = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as {
      losses: number[];
      engine: string;
    };
    expect(there.engine).toBe("native on webgpu");
    const cpu = await trainingRun({ engine: "native", threads: 1 }, 10);
    expectClose(there.losses, cpu.losses, { rtol: 1e-3 });
  },
  120_000,
);
