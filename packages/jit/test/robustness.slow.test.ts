/** What may go wrong around a run of the native kernels: ends, disposals, several threads of Node, memory that is not there. */
import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, expect, test } from "vitest";
import { addonName } from "../src/runtime/addonName.ts";

const folder = new URL(".", import.meta.url);
const files: string[] = [];

/** The library as one file of JavaScript: what runs TypeScript on Node 20 does not reach into worker threads. */
const library = moduleFile(
  (
    await build({
      entryPoints: [fileURLToPath(new URL("../src/index.ts", import.meta.url))],
      bundle: true,
      write: false,
      format: "esm",
      platform: "node",
      conditions: ["@elbo/source"],
      loader: { ".wasm": "binary" },
      external: ["@tensorflow/*"],
      logLevel: "error",
    })
  ).outputFiles[0].text,
);

/** A step that takes some 50 ms, in a module that the others import. */
const slowStep = moduleFile(`
  import * as tf from "@tensorflow/tfjs-core";
  import { jit } from "./${library}";
  export const w = tf.variable(tf.ones([700, 700]));
  export const make = () => jit(() => {
    let y = tf.mul(w, 1e-3);
    for (let i = 0; i < 4; i++) y = tf.tanh(tf.matMul(y, w));
    w.assign(tf.add(w, tf.mul(y, 1e-6)));
    return { sum: tf.sum(w) };
  }, { feeds: {}, state: [w], engine: "native" });
`);

function moduleFile(code: string): string {
  const path = fileURLToPath(new URL(`.robustness-${process.pid}-${files.length}.mjs`, folder));
  writeFileSync(path, code);
  files.push(path);
  return basename(path);
}

afterAll(() => {
  for (const path of files) rmSync(path, { force: true });
});

/** Runs a module to its end, in a process of its own. */
function run(
  code: string,
  shell: (command: string) => string = (command) => command,
  flags = "",
): { status: number | null; signal: string | null; lines: string[]; errors: string } {
  const command = `"${process.execPath}" ${flags} ./${moduleFile(code)}`;
  const { status, signal, stdout, stderr } = spawnSync(shell(command), {
    shell: true,
    cwd: fileURLToPath(folder),
    encoding: "utf8",
    timeout: 60_000,
  });
  return { status, signal, lines: stdout.trim().split("\n"), errors: stderr };
}

test("a process may end while a step runs and others wait", () => {
  const { status, lines, errors } = run(`
    import { make } from "./${slowStep}";
    const step = make();
    await step({});
    for (let i = 0; i < 5; i++) void step({});
    setTimeout(() => { console.log("ends"); process.exit(7); }, 20);
  `);
  expect({ status, lines, errors }).toEqual({ status: 7, lines: ["ends"], errors: "" });
});

test("an error that nobody catches ends a process while a step runs", () => {
  const { status, errors } = run(`
    import { make } from "./${slowStep}";
    const step = make();
    await step({});
    void step({});
    await new Promise((resolve) => setTimeout(resolve, 10));
    throw new Error("mine");
  `);
  expect(status).toBe(1);
  expect(errors).toContain("mine");
});

test("a compiled function may be disposed during a step, which ends well", () => {
  const { status, lines } = run(`
    import { make } from "./${slowStep}";
    const seen = new Set();
    for (let i = 0; i < 6; i++) {
      const step = make();
      const running = step({});
      if (i % 2) await new Promise((resolve) => setTimeout(resolve, 15));
      step.dispose();
      seen.add(Number.isFinite((await running).sum.data[0]));
      await step({}).catch((error) => seen.add(error.message));
    }
    console.log(JSON.stringify([...seen]));
  `);
  expect(status).toBe(0);
  expect(JSON.parse(lines[0])).toEqual([
    true,
    "jit: a compiled function must not be used after dispose(), got a call",
  ]);
});

test("worker threads of Node each have their own instance, with the same bits, and may be ended during a step", () => {
  const { status, lines, errors } = run(`
    import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
    import { make } from "./${slowStep}";
    const sums = async () => {
      const step = make();
      const list = [];
      for (let i = 0; i < 3; i++) list.push((await step({})).sum.data[0]);
      step.dispose();
      return list.join();
    };
    if (isMainThread) {
      const start = (endless) => new Worker(new URL(import.meta.url), { workerData: endless });
      const answers = [1, 2, 3].map(() => new Promise((resolve) => start(false).once("message", resolve)));
      const ended = [1, 2].map(async () => {
        const worker = start(true);
        await new Promise((resolve) => worker.once("message", resolve));
        return worker.terminate();
      });
      console.log(new Set([await sums(), ...(await Promise.all(answers))]).size, (await Promise.all(ended)).join());
      process.exit(0);
    } else if (workerData) {
      const step = make();
      await step({});
      void step({}).then(() => undefined);
      void step({}).then(() => undefined);
      parentPort.postMessage("runs");
    } else {
      parentPort.postMessage(await sums());
    }
  `);
  expect({ status, lines, errors }).toEqual({ status: 0, lines: ["1 1,1"], errors: "" });
});

test("worker threads that are ended during a step, one after the other, do not take the memory that it writes with them", () => {
  const { status, lines, errors } = run(`
    import { Worker, isMainThread, parentPort } from "node:worker_threads";
    import { make } from "./${slowStep}";
    if (isMainThread) {
      for (let round = 0; round < 6; round++) {
        const workers = [1, 2].map(() => new Worker(new URL(import.meta.url)));
        await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once("message", resolve))));
        await new Promise((resolve) => setTimeout(resolve, 7 * round));
        await Promise.all(workers.map((worker) => worker.terminate()));
      }
      console.log("ends");
    } else {
      const step = make();
      await step({});
      for (let i = 0; i < 4; i++) void step({}).then(() => undefined);
      parentPort.postMessage("runs");
    }
  `);
  expect({ status, lines, errors }).toEqual({ status: 0, lines: ["ends"], errors: "" });
});

test("memory larger than an array of this version of Node may be is given or refused in a sentence", () => {
  const { status, lines } = run(`
    import { createRequire } from "node:module";
    const { allocate, detach } = createRequire(import.meta.url)("../native/built/${addonName()}.node");
    for (const bytes of [5e9, 1e15]) {
      try {
        detach(allocate(bytes));
        console.log("given");
      } catch (error) {
        console.log(error.name, error.message);
      }
    }
  `);
  expect(status).toBe(0);
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/^(given$|RangeError allocate: the memory must be there, but )/);
  expect(lines[1]).toMatch(/^RangeError allocate: the memory must be there, but /);
});

test("a program with an index out of range fails in a sentence, and the next one runs", () => {
  const { lines } = run(`
    import * as tf from "@tensorflow/tfjs-core";
    import { jit } from "./${library}";
    const f = jit(({ x, i }) => ({ y: tf.gather(x, i) }), { feeds: { x: { shape: [3] }, i: { shape: [2], dtype: "int32" } }, engine: "native" });
    const x = Float32Array.of(5, 6, 7);
    await f({ x, i: Int32Array.of(0, 3) }).catch((error) => console.log(error.message));
    console.log((await f({ x, i: Int32Array.of(2, 0) })).y.data.join());
  `);
  expect(lines).toEqual([
    expect.stringMatching(/^run: indices must be in range, got one outside in instruction \d+/),
    "7,5",
  ]);
});

test.each([
  ["forbidden", "--no-addons", "", /no-addons|disabled/i],
  [
    "corrupt",
    "",
    `import Module from "node:module";
    import { fileURLToPath } from "node:url";
    Module._extensions[".node"] = (module) => process.dlopen(module, fileURLToPath(import.meta.url));`,
    /\.robustness-/,
  ],
] as const)(
  "where the library is %s, functions run on WebAssembly, with one warning that says why",
  (_, flags, prelude, reason) => {
    const { status, lines } = run(
      `
      ${prelude}
      import * as tf from "@tensorflow/tfjs-core";
      import { jit } from "./${library}";
      const warnings = [];
      process.on("warning", ({ name, message }) => name === "ElboWarning" && warnings.push(message));
      for (let i = 0; i < 2; i++) {
        const f = jit(({ x }) => ({ y: tf.mul(x, x) }), { feeds: { x: { shape: [2] } } });
        const { y } = await f({ x: Float32Array.of(2, 3) });
        console.log(f.report.engine, y.data.join());
        f.dispose();
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
      console.log(warnings.length, warnings[0]);
      process.exit(0);
    `,
      undefined,
      flags,
    );
    expect(status).toBe(0);
    expect(lines.slice(0, 2)).toEqual(["wasm 4,9", "wasm 4,9"]);
    expect(lines[2]).toMatch(/^1 jit: running on "wasm", slower than "native", because /);
    expect(lines.slice(2).join(" ")).toMatch(reason);
  },
);

// On Linux memory is handed out that is not there, unless the process has a limit.
test.skipIf(process.platform !== "linux")(
  "memory that the system refuses is refused in a sentence, and the next function runs",
  () => {
    const { lines } = run(
      `
      import * as tf from "@tensorflow/tfjs-core";
      import { jit } from "./${library}";
      const large = jit(({ x }) => ({ y: tf.sum(tf.cumsum(tf.exp(tf.add(tf.expandDims(x, 1), x)), 1)) }), { feeds: { x: { shape: [40000] } }, engine: "native" });
      await large({ x: new Float32Array(40000) }).catch((error) => console.log(error.name, error.message));
      const w = tf.variable(tf.zeros([1]));
      const result = jit(({ x }) => {
        w.assign(tf.add(w, 1));
        return { y: tf.add(tf.expandDims(x, 1), x) };
      }, { feeds: { x: { shape: [45000] } }, state: [w], engine: "native" });
      await result({ x: new Float32Array(45000) }).catch((error) => console.log(error.name, error.message));
      await result.pull();
      console.log("steps", w.dataSync()[0]);
      const small = jit(({ x }) => ({ y: tf.exp(x) }), { feeds: { x: { shape: [2] } }, engine: "native" });
      console.log((await small({ x: new Float32Array(2) })).y.data.join());
    `,
      (command) => `ulimit -v 8000000; ${command}`,
    );
    expect(lines).toEqual([
      "RangeError allocate: the memory must be there, but the system refuses so much",
      'RangeError jit: results must fit into memory, got "y" of 8100000000 bytes; use a smaller batch',
      "steps 0",
      "1,1",
    ]);
  },
);
