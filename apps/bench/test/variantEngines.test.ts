import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expectClose, webgpuEnvironment } from "@elbo/test-utils";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";
import { variantNames, variantRun } from "./support/variantRuns.ts";

// A run amplifies the rounding of every step: 50 steps of Adam take 1e-7 to about 1e-4.
const tolerance = { rtol: 1e-3 };

describe.each(variantNames)("%s", (name) => {
  const eager = variantRun(name, { engine: "eager" });

  test.each(["native", "wasm"] as const)("50 steps on %s equal 50 eager steps", async (engine) => {
    const compiled = await variantRun(name, { engine });
    expect(compiled.engine).toBe(`${engine} on cpu`);
    expectClose(compiled.losses, (await eager).losses, tolerance);
  });
});

const isThere = webgpuEnvironment(tmpdir()) !== undefined;
const reason = isThere ? "" : " (skipped: no Vulkan driver found; set VK_ICD_FILENAMES)";

test.skipIf(!isThere)(`50 steps of every variant on WebGPU equal eager ones${reason}`, async () => {
  const here = fileURLToPath(new URL(".", import.meta.url));
  // There the runtimes resolve.
  const folder = await mkdtemp(join(here, "../../../packages/jit/node_modules/.webgpu-"));
  const outfile = join(folder, "run.mjs");
  await build({
    stdin: {
      contents:
        'import { variantNames, variantRun } from "./support/variantRuns.ts";\n' +
        "const runs = [];\n" +
        'for (const name of variantNames) runs.push(await variantRun(name, { engine: "native", device: "webgpu" }));\n' +
        "console.log(JSON.stringify(runs)); process.exit(0);",
      resolveDir: here,
      loader: "ts",
    },
    bundle: true,
    platform: "node",
    format: "esm",
    conditions: ["@elbo/source"],
    external: ["onnxruntime-node", "onnxruntime-web", "@tensorflow/tfjs"],
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
    outfile,
  });
  const { stdout } = await promisify(execFile)(process.execPath, [outfile], {
    env: webgpuEnvironment(folder),
  }).finally(() => rm(folder, { recursive: true }));
  const runs = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as {
    losses: number[];
    engine: string;
  }[];
  for (const [i, name] of variantNames.entries()) {
    expect(runs[i].engine).toBe("native on webgpu");
    const { losses } = await variantRun(name, { engine: "native", threads: 1 });
    expectClose(runs[i].losses, losses, tolerance);
  }
});
