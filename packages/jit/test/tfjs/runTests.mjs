import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { buildTests, bundlePath } from "./build.mjs";

const child = fileURLToPath(new URL("./jasmineProcess.mjs", import.meta.url));

/** @type {import("./index.d.mts").runTests} */
export async function runTests(filter = "", engine = "native") {
  await buildTests();
  const { stdout } = await promisify(execFile)(process.execPath, [child, bundlePath, filter], {
    maxBuffer: 2 ** 28,
    env: { ...process.env, ELBO_ENGINE: engine },
  });
  const [covered, ...results] = stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  return { covered, results };
}
