import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadModel, Random } from "../src/index.ts";
import { smallKind } from "./support/models.ts";

let directory = "";

/** Lets every Node run TypeScript. */
const loader = new URL("../../../scripts/typescript.mjs", import.meta.url).href;
const worker = fileURLToPath(new URL("support/killWorker.ts", import.meta.url));

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "elbo-kill-"));
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

/** Runs the worker; kills it so many ms after it has printed so many lines. */
async function run(
  arguments_: readonly string[],
  kill?: { readonly lines: number; readonly ms: number },
): Promise<{ lines: string[]; signal: string | null; errors: string }> {
  const child = spawn(process.execPath, [
    "--import",
    loader,
    "--conditions=@elbo/source",
    worker,
    ...arguments_,
  ]);
  let output = "";
  let errors = "";
  let isKilling = false;
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
    if (kill === undefined || isKilling || output.split("\n").length <= kill.lines) return;
    isKilling = true;
    setTimeout(() => child.kill("SIGKILL"), kill.ms);
  });
  const signal = await new Promise<string | null>((resolve) => {
    child.on("close", (_, name) => {
      resolve(name);
    });
  });
  return { lines: output.split("\n").filter((line) => line !== ""), signal, errors };
}

const files = ["checkpoint.safetensors", "model.json", "weights.safetensors"];
const contents = (folder: string): Promise<Buffer[]> =>
  Promise.all(files.map((name) => readFile(join(folder, name))));

test.each(["eager", "native"])(
  "a training run killed at random instants and resumed equals the run that was not, byte for byte (%s)",
  async (engine) => {
    const whole = join(directory, `whole-${engine}`);
    const straight = await run(["train", whole, engine]);
    expect(straight.errors).not.toMatch(/Error/);
    expect(straight.lines.at(-1)).toBe("end finished 108");

    const broken = join(directory, `broken-${engine}`);
    const random = new Random(8);
    let kills = 0;
    for (let attempt = 0; attempt < 6; attempt++) {
      const kill = { lines: 1 + random.integer(30), ms: random.integer(12) };
      const { signal } = await run(["train", broken, engine], kill);
      if (signal === "SIGKILL") kills++;
    }
    expect(kills).toBeGreaterThanOrEqual(3);
    const last = await run(["train", broken, engine]);
    expect(last.errors).not.toMatch(/Error/);
    expect(last.lines.at(-1)).toBe("end finished 108");
    expect(last.lines.length).toBeLessThan(109);
    expect(await contents(broken)).toEqual(await contents(whole));
  },
);

test("a save killed at random instants leaves the old model or the new one", async () => {
  const folder = join(directory, "saved");
  const random = new Random(9);
  let previous = 0;
  for (let attempt = 0; attempt < 8; attempt++) {
    const kill = { lines: 1 + random.integer(3), ms: random.integer(10) };
    const { lines, signal } = await run(["save", folder], kill);
    expect(signal).toBe("SIGKILL");
    const reported = Number(lines.at(-1)?.split(" ")[1]);
    const model = await loadModel(folder, smallKind);
    const values = new Set(
      Object.values(await model.readWeights()).flatMap(({ data }) => [...data]),
    );
    model.dispose();
    expect(values.size).toBe(1);
    const [count] = values;
    // The last save that was reported is there, or the one that was under way.
    expect(count === reported || count === reported + 1).toBe(true);
    previous = Math.max(previous, count);
  }
  expect(previous).toBeGreaterThan(1);
});
