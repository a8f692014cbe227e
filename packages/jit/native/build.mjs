/**
 * Builds the kernels for every platform, on one machine: `pnpm --filter @elbo/jit build:native [target ...]`.
 *
 * The compiler is zig's clang, which brings the C libraries of all targets; it comes from PyPI in the version below, so
 * every machine makes the same bytes. Set ELBO_ZIG to a command to use your own. `--check` compares instead of writing.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { homedir, tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const here = dirname(fileURLToPath(import.meta.url));
const zigVersion = "0.17.1";
const mostBytes = 200_000;

const common = [
  "-std=gnu11",
  "-ffp-contract=fast",
  "-fno-math-errno",
  "-fno-trapping-math",
  "-fno-strict-aliasing",
  "-fno-asynchronous-unwind-tables",
  "-fno-unwind-tables",
  "-fvisibility=hidden",
  "-Wall",
  "-Wextra",
  "-Wno-unused-function",
  "-Werror",
  "-DNDEBUG",
  "-g0",
];
const kernels = ["-O3", "-fno-unroll-loops", "-fno-vectorize", "-fno-slp-vectorize"];
/** Every file is for one instruction set. On x64 the file that is without a name of one runs everywhere. */
const x64 = {
  "": ["-march=x86_64_v2"],
  "-avx2": ["-march=x86_64_v3"],
  "-avx512": ["-march=x86_64_v4", "-mprefer-vector-width=512"],
};
const neon = { "": [] };
const wasm = ["-msimd128", "-mbulk-memory", "-mnontrapping-fptoint"];
const atomics = ["-matomics"];
const relaxed = ["-mrelaxed-simd"];

const platforms = {
  "linux-x64-glibc": { triple: "x86_64-linux-gnu.2.17", sets: x64 },
  "linux-x64-musl": { triple: "x86_64-linux-musl", sets: x64 },
  "linux-arm64-glibc": { triple: "aarch64-linux-gnu.2.17", sets: neon },
  "linux-arm64-musl": { triple: "aarch64-linux-musl", sets: neon },
  "darwin-x64": { triple: "x86_64-macos.11.0", sets: x64 },
  "darwin-arm64": { triple: "aarch64-macos.11.0", sets: neon },
  "win32-x64": { triple: "x86_64-windows-gnu", sets: x64, machine: "i386:x86-64" },
  "win32-arm64": { triple: "aarch64-windows-gnu", sets: neon, machine: "arm64" },
};

/** By file name without ending: zig's target and the flags of the kernels. */
const targets = {
  ...Object.fromEntries(
    Object.entries(platforms).flatMap(([name, { sets, ...platform }]) =>
      Object.entries(sets).map(([set, flags]) => [`${name}${set}`, { ...platform, flags }]),
    ),
  ),
  wasm: { wasm },
  "wasm-relaxed": { wasm: [...wasm, ...relaxed] },
  "wasm-threads": { wasm: [...wasm, ...atomics] },
  "wasm-threads-relaxed": { wasm: [...wasm, ...atomics, ...relaxed] },
};

/** The compiler as a command, fetched into the user's cache when there is none. */
async function findZig() {
  if (process.env.ELBO_ZIG) return process.env.ELBO_ZIG.split(" ");
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  const venv = join(cache, `elbo-zig-${zigVersion}`);
  const python = join(venv, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
  if (!existsSync(python)) {
    await run(process.platform === "win32" ? "python" : "python3", ["-m", "venv", venv]);
  }
  const installed = await run(python, ["-m", "ziglang", "version"]).catch(() => undefined);
  if (installed?.stdout.trim() !== zigVersion) {
    await run(python, ["-m", "pip", "install", "--quiet", `ziglang==${zigVersion}`]);
  }
  return [python, "-m", "ziglang"];
}

class Builder {
  constructor(zig, folder) {
    this.zig = zig;
    this.folder = folder;
  }

  async call(...parameters) {
    const [command, ...first] = this.zig;
    // Windows libraries hold the time of their linking; this one is the same every time.
    const env = { ...process.env, SOURCE_DATE_EPOCH: "0" };
    const { stderr } = await run(command, [...first, ...parameters], { cwd: here, env });
    if (stderr) process.stderr.write(stderr);
  }

  /** Compiles one source and returns the object. */
  async compile(source, name, flags) {
    const object = join(this.folder, `${name}.o`);
    await this.call("cc", ...common, ...flags, "-c", source, "-o", object);
    return object;
  }

  async addon(name, { triple, flags, machine }) {
    const headers = createRequire(import.meta.url).resolve("node-api-headers/package.json");
    const windows = machine !== undefined;
    const target = ["-target", triple, ...(windows ? [] : ["-fPIC"])];
    const fast = [...target, ...flags, ...kernels];
    const objects = [await this.compile("kernels.c", `${name}-kernels`, fast)];
    const small = [...target, ...(triple.startsWith("x86_64") ? ["-march=x86_64_v2"] : []), "-Os"];
    const include = ["-I", join(dirname(headers), "include")];
    for (const source of ["addon", "instance", "blocks", "pool", "execute", "check"]) {
      objects.push(await this.compile(`${source}.c`, `${name}-${source}`, [...small, ...include]));
    }
    const output = join(this.folder, `${name}.node`);
    const link = ["-shared", "-s", "-o", output, ...objects];
    if (triple.includes("macos")) {
      // Without a name of its own the library would hold the path of this build.
      const installed = `-Wl,-install_name,@rpath/${name}.node`;
      link.push("-Wl,-undefined,dynamic_lookup", "-Wl,-x", "-Wl,-dead_strip", installed);
    }
    if (triple.includes("linux"))
      link.push("-lpthread", "-Wl,--gc-sections", "-Wl,--build-id=none");
    if (windows) {
      objects.push(await this.compile("windows.c", `${name}-windows`, small));
      const node = await this.importLibrary(join(dirname(headers), "def", "node_api.def"), machine);
      const system = await this.importLibrary(join(here, "windows.def"), machine);
      link.push(
        objects.at(-1),
        node,
        system,
        "-nostdlib",
        "-lkernel32",
        "-Wl,-e,DllMainCRTStartup",
      );
    }
    await this.call("cc", ...target, ...link);
    return output;
  }

  async module(name, { wasm: flags }) {
    const threads = flags.includes("-matomics");
    const target = ["-target", "wasm32-freestanding", ...flags];
    const fast = [...target, ...kernels];
    const objects = [await this.compile("kernels.c", `${name}-kernels`, fast)];
    for (const source of ["wasm", "execute", "check"]) {
      objects.push(await this.compile(`${source}.c`, `${name}-${source}`, [...target, "-Os"]));
    }
    const output = join(this.folder, `${name}.wasm`);
    const link = ["-nostdlib", "-s", "-o", output, ...objects];
    const options = [
      "--no-entry",
      "--import-memory",
      "--export=__heap_base",
      "--gc-sections",
      "--strip-all",
    ];
    options.push("-z,stack-size=131072");
    // A shared memory has a maximum; zig's linker takes at most one page less than all.
    if (threads)
      options.push("--shared-memory", "--max-memory=4294901760", "--export=__stack_pointer");
    await this.call("cc", ...target, ...link, ...options.map((option) => `-Wl,${option}`));
    return output;
  }

  async importLibrary(definitions, machine) {
    const library = join(
      this.folder,
      `${basename(definitions, ".def")}-${machine.replace(":", "-")}.lib`,
    );
    await this.call("dlltool", "-d", definitions, "-l", library, "-m", machine);
    return library;
  }

  build(name) {
    const target = targets[name];
    return target.wasm ? this.module(name, target) : this.addon(name, target);
  }
}

async function main() {
  const words = process.argv.slice(2);
  const check = words.includes("--check");
  const wanted = words.filter((word) => !word.startsWith("--"));
  const unknown = wanted.find((name) => !(name in targets));
  if (unknown)
    throw new RangeError(
      `build: targets must be of ${Object.keys(targets).join(", ")}, got ${unknown}`,
    );
  const zig = await findZig();
  const folder = await mkdtemp(join(tmpdir(), "elbo-native-"));
  const built = join(here, "built");
  await mkdir(built, { recursive: true });
  let different = 0;
  try {
    const builder = new Builder(zig, folder);
    for (const name of wanted.length > 0 ? wanted : Object.keys(targets)) {
      const output = await builder.build(name);
      const target = join(built, output.slice(folder.length + 1));
      const bytes = await readFile(output);
      if (bytes.length > mostBytes) {
        throw new RangeError(
          `build: files must have at most ${mostBytes} bytes, got ${bytes.length} for ${name}`,
        );
      }
      const same = existsSync(target) && bytes.equals(await readFile(target));
      if (!same) different++;
      if (!check) await copyFile(output, target);
      console.log(
        `${name}: ${bytes.length} bytes${same ? ", as it was" : check ? ", DIFFERENT" : ""}`,
      );
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  if (check && different > 0)
    throw new Error(
      `build: ${different} built files differ from their sources, run build:native and commit them`,
    );
}

await main();
