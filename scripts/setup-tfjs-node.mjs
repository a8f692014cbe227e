/**
 * Makes the installed @tensorflow/tfjs-node usable; its install script is not run by `pnpm install`.
 *
 *   pnpm setup:tfjs-node
 *
 * In this order, until it loads: nothing to do; the libraries and the addon of an earlier build from the cache; the package's own
 * download; where its host is out of reach, the libraries inside the PyPI wheel of tensorflow-cpu, and the addon built against them
 * (Linux x64; needs python3 with pip, make and g++; 207 MB of download, half a minute, 600 MB on disk under XDG_CACHE_HOME).
 * Ends with 0 when tfjs-node loads, otherwise with 1 and one sentence.
 *
 * TFJS_NODE_FROM=wheel leaves the package's own download out.
 */
import { execFileSync, spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import path from "node:path";

const tensorflowVersion = "2.15.1"; // the newest wheel whose C++ library still exports what tfjs-node 4.22.0 calls
const pythonVersion = "3.10"; // of the wheel; the interpreter that downloads it may be another
const downloadHost = "https://storage.googleapis.com/";
const probeMs = 5000;
const downloadMs = 15 * 60_000;

class Impossible extends Error {}

const say = (text) => console.log(`setup:tfjs-node: ${text}`);

function main() {
  const folder = packageFolder();
  const cache = cacheFolder(folder);
  if (report(folder, "is already set up")) return;
  if (existsSync(path.join(cache, "addon", addonFile)) && existsSync(path.join(cache, "done"))) {
    install(folder, cache);
    if (report(folder, "was restored from the cache")) return;
  }
  return tryOwnDownload(folder).then((reason) => {
    if (reason === undefined && report(folder, "was downloaded")) return;
    say(`no download (${reason ?? "what came does not load"}); building it against tensorflow-cpu`);
    buildAgainstWheel(folder, cache);
    if (!report(folder, "was built"))
      throw new Impossible(`it does not load: ${loadError(folder)}`);
  });
}

/** The real folder of @tensorflow/tfjs-node as the bench resolves it. */
function packageFolder() {
  const require = createRequire(new URL("../apps/bench/package.json", import.meta.url));
  try {
    return path.dirname(require.resolve("@tensorflow/tfjs-node/package.json"));
  } catch {
    throw new Impossible(
      "the package @tensorflow/tfjs-node is not installed; run `pnpm install` with optional dependencies",
    );
  }
}

const napiVersion = Math.min(8, Number(process.versions.napi)); // 8 is the newest that the package names
const addonFile = "tfjs_binding.node";

function cacheFolder(folder) {
  const root = process.env.XDG_CACHE_HOME || path.join(homedir(), ".cache");
  const { version } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
  const name = `tfjs-node-${version}-tensorflow-${tensorflowVersion}-napi-${napiVersion}-${process.platform}-${process.arch}`;
  return path.join(root, "elbo", name);
}

/** Loads the package in a process of its own; what Node 23 took out of `util` is put back first. */
const loader = `
  const util = require("util");
  util.isNullOrUndefined ??= (value) => value === null || value === undefined;
  util.isArray ??= Array.isArray;
  const tf = require(process.argv[1]);
  console.log(JSON.stringify([tf.version["tfjs-node"], tf.backend().binding.TF_Version]));
`;

function load(folder) {
  return spawnSync(process.execPath, ["-e", loader, folder], {
    encoding: "utf8",
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: "3" },
  });
}

function report(folder, what) {
  if (!existsSync(path.join(folder, "lib", `napi-v${napiVersion}`, addonFile))) return false;
  const { status, stdout } = load(folder);
  if (status !== 0) return false;
  const [version, tensorflow] = JSON.parse(stdout.trim().split("\n").at(-1));
  say(`tfjs-node ${version} on TensorFlow ${tensorflow} ${what}`);
  return true;
}

function loadError(folder) {
  const { stderr } = load(folder);
  return stderr.split("\n").find((line) => /Error/.test(line)) ?? "for no reason given";
}

/** Runs the package's own install script. Resolves to the reason why it did not work, or to undefined. */
async function tryOwnDownload(folder) {
  if (process.env.TFJS_NODE_FROM === "wheel") return "left out, as TFJS_NODE_FROM=wheel asks";
  const { env } = process;
  const base = env.TFJS_NODE_CDN_STORAGE || env.CDN_STORAGE || downloadHost;
  const hasProxy = Boolean(env.HTTPS_PROXY || env.https_proxy || env.HTTP_PROXY || env.http_proxy);
  if (!hasProxy && !(await isReachable(base))) return `${new URL(base).host} is out of reach`;
  unshare(path.join(folder, "package.json"));
  const before = readFileSync(path.join(folder, "package.json"));
  const binaries = path.join(folder, "node_modules", ".bin");
  const { status, stderr, error } = spawnSync(process.execPath, ["scripts/install.js"], {
    cwd: folder,
    encoding: "utf8",
    timeout: downloadMs,
    env: { ...env, PATH: `${binaries}${path.delimiter}${env.PATH ?? ""}` },
  });
  writeFileSync(path.join(folder, "package.json"), before); // the script edits it and, stopped early, leaves it so
  if (status === 0) return undefined;
  return error?.message ?? lastLine(stderr) ?? `its install script ended with ${status}`;
}

async function isReachable(url) {
  try {
    await globalThis.fetch(url, {
      method: "HEAD",
      signal: globalThis.AbortSignal.timeout(probeMs),
    });
    return true;
  } catch {
    return false;
  }
}

/** Makes a file a copy of its own: a package manager may have linked it to a store that others share. */
function unshare(file) {
  copyFileSync(file, `${file}.own`);
  renameSync(`${file}.own`, file);
}

function buildAgainstWheel(folder, cache) {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new Impossible(
      `its host is out of reach, and building it instead works on Linux x64 only, got ${process.platform} ${process.arch}`,
    );
  }
  if (!existsSync(path.join(cache, "done"))) fetchLibraries(cache);
  linkLibraries(folder, cache);
  const gyp = path.join(
    path.dirname(
      createRequire(path.join(folder, "package.json")).resolve("@mapbox/node-pre-gyp/package.json"),
    ),
    "bin/node-pre-gyp",
  );
  const root = path.resolve(process.execPath, "../..");
  const hasHeaders = existsSync(path.join(root, "include/node/node_api.h")); // beside node: nothing to download
  const { status, stderr } = spawnSync(process.execPath, [gyp, "install", "--build-from-source"], {
    cwd: folder,
    encoding: "utf8",
    maxBuffer: 2 ** 28,
    env: hasHeaders ? { ...process.env, npm_config_nodedir: root } : process.env,
  });
  if (status !== 0) {
    writeFileSync(path.join(cache, "build.log"), stderr);
    const line =
      stderr.split("\n").find((text) => /\berror\b|not found/i.test(text)) ?? lastLine(stderr);
    throw new Impossible(
      `its addon does not build (${line?.trim()}); the whole log is ${cache}/build.log`,
    );
  }
  mkdirSync(path.join(cache, "addon"), { recursive: true });
  copyFileSync(
    path.join(folder, "lib", `napi-v${napiVersion}`, addonFile),
    path.join(cache, "addon", `${addonFile}.new`),
  );
  renameSync(path.join(cache, "addon", `${addonFile}.new`), path.join(cache, "addon", addonFile));
}

const unpack = `
import sys, zipfile
wheel, out = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        if name.startswith(("tensorflow/include/", "tensorflow/libtensorflow")):
            archive.extract(name, out)
`;

/** Downloads the wheel and keeps its two libraries and its headers; the folder appears complete or not at all. */
function fetchLibraries(cache) {
  mkdirSync(path.dirname(cache), { recursive: true });
  const work = mkdtempSync(`${cache}.part-`);
  try {
    run("python3", [
      "-m",
      "pip",
      "download",
      "--quiet",
      "--no-deps",
      "--python-version",
      pythonVersion,
      "--only-binary=:all:",
      "--dest",
      work,
      `tensorflow-cpu==${tensorflowVersion}`,
    ]);
    const wheel = path.join(
      work,
      readdirSync(work).find((name) => name.endsWith(".whl")),
    );
    run("python3", ["-c", unpack, wheel, work]);
    rmSync(wheel);
    const from = path.join(work, "tensorflow");
    for (const name of ["include", ...libraries])
      renameSync(path.join(from, name), path.join(work, name));
    rmSync(from, { recursive: true });
    writeFileSync(path.join(work, "done"), "");
    rmSync(cache, { recursive: true, force: true });
    renameSync(work, cache);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const libraries = ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"];

function run(command, args) {
  try {
    execFileSync(command, args, { stdio: ["ignore", "ignore", "pipe"], encoding: "utf8" });
  } catch (error) {
    const reason = lastLine(error.stderr ?? "") ?? error.message;
    throw new Impossible(
      `its host is out of reach, and \`${command} ${args.slice(0, 3).join(" ")}\` failed: ${reason}`,
    );
  }
}

function install(folder, cache) {
  linkLibraries(folder, cache);
  const target = path.join(folder, "lib", `napi-v${napiVersion}`);
  mkdirSync(target, { recursive: true });
  copyFileSync(path.join(cache, "addon", addonFile), path.join(target, addonFile));
}

function linkLibraries(folder, cache) {
  const deps = path.join(folder, "deps");
  rmSync(deps, { recursive: true, force: true });
  mkdirSync(path.join(deps, "lib"), { recursive: true });
  symlinkSync(path.join(cache, "include"), path.join(deps, "include"));
  const [tensorflow, framework] = libraries.map((name) => path.join(cache, name));
  const names = {
    "libtensorflow.so": tensorflow,
    "libtensorflow.so.2": tensorflow,
    "libtensorflow_cc.so.2": tensorflow,
    "libtensorflow_framework.so": framework,
    "libtensorflow_framework.so.2": framework,
  };
  for (const [name, target] of Object.entries(names))
    symlinkSync(target, path.join(deps, "lib", name));
}

function lastLine(text) {
  return text.trim().split("\n").at(-1)?.trim() || undefined;
}

try {
  await main();
} catch (error) {
  if (!(error instanceof Impossible)) throw error;
  console.error(`setup:tfjs-node: tfjs-node cannot be set up here: ${error.message}`);
  process.exitCode = 1;
}
