import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { arch, cpus, platform, release, totalmem } from "node:os";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);

/** Version of the elbo packages, which are released together. */
export function elboVersion(): string {
  return packageVersion("@elbo/core") ?? "unknown";
}

/** Versions of everything that takes part in a number: `node`, `elbo`, TF.js, ONNX Runtime and the commit, where known. */
export function readVersions(): Record<string, string> {
  const versions: Record<string, string> = { node: process.versions.node, elbo: elboVersion() };
  for (const name of ["@tensorflow/tfjs-core", "onnxruntime-node"]) {
    const version = packageVersion(name);
    if (version !== undefined) versions[name] = version;
  }
  const commit = readCommit();
  return commit === undefined ? versions : { ...versions, commit };
}

/** The machine: processor, cores, memory in bytes, system. */
export function readMachine(): Record<string, string | number> {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() || "an unnamed processor",
    cores: processors.length,
    memoryBytes: totalmem(),
    system: `${platform()} ${release()} ${arch()}`,
  };
}

function packageVersion(name: string): string | undefined {
  const requires = [require];
  try {
    requires.push(createRequire(require.resolve("@elbo/jit/package.json")));
  } catch {
    // Only the bench's own dependencies can be asked then.
  }
  for (const from of requires) {
    try {
      return (
        JSON.parse(readFileSync(from.resolve(`${name}/package.json`), "utf8")) as {
          version: string;
        }
      ).version;
    } catch {
      // Not reachable from here.
    }
  }
  return undefined;
}

function readCommit(): string | undefined {
  try {
    return execFileSync("git", ["rev-parse", "HEAD"], {
      cwd: fileURLToPath(new URL(".", import.meta.url)),
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return undefined;
  }
}
