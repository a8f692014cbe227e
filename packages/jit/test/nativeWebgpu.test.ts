import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expectClose, findChromium } from "@elbo/test-utils";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { trainingRun } from "./trainingRun.ts";

/** Chromium's own software renderer serves where there is no graphics card. */
const driver =
  process.env.VK_ICD_FILENAMES ??
  [
    "/usr/lib/chromium/vk_swiftshader_icd.json",
    `${dirname(findChromium() ?? "")}/vk_swiftshader_icd.json`,
  ].find((file) => existsSync(file));

const name =
  driver === undefined
    ? "10 steps on native WebGPU match the CPU's losses (skipped: no Vulkan driver found; set VK_ICD_FILENAMES)"
    : "10 steps on native WebGPU match the CPU's losses";

test.skipIf(driver === undefined)(
  name,
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
    // The driver is read when the process starts, so this needs one of its own.
    const { stdout } = await promisify(execFile)(process.execPath, [outfile], {
      env: {
        ...process.env,
        VK_ICD_FILENAMES: driver,
        // Chromium brings the loader of drivers too, beside its own.
        LD_LIBRARY_PATH: [dirname(driver ?? ""), process.env.LD_LIBRARY_PATH ?? ""].join(":"),
        XDG_RUNTIME_DIR: folder,
      },
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
