/**
 * `pnpm test:examples [EXAMPLE...]`: runs the projects in `examples/` as their readers would, each in a copy outside
 * of the repository with the packed packages installed from a registry of this process.
 */
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { mustRun, withPath } from "./command.ts";
import { findNode } from "./consumer.ts";
import { startLocalRegistry, upstreamRegistry } from "./localRegistry.ts";
import { packPackages } from "./packedPackages.ts";
import { rehearsalEnvironment } from "./publishGuard.ts";
import { root } from "./workspace.ts";

const examples = join(root, "examples");
/** The examples are TypeScript that Node runs as it is; 22.18 is the first that does. */
const nodeOfExamples = 24;

function chosenExamples(names: readonly string[]): readonly string[] {
  const known = readdirSync(examples).filter((name) =>
    existsSync(join(examples, name, "package.json")),
  );
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    console.error(
      `runExamples: an example must be one of ${known.join(", ")}, got ${unknown.join(", ")}`,
    );
    process.exit(2);
  }
  return names.length > 0 ? names : known;
}

/** The environment of somebody whose registry has the packed packages, with this machine's store of all others. */
async function readersEnvironment(folder: string, registry: string): Promise<NodeJS.ProcessEnv> {
  const store = (await mustRun(["pnpm", "store", "path"], { env: withPath() })).stdout.trim();
  return {
    ...withPath(
      rehearsalEnvironment(process.env, { registry, home: join(folder, "home") }),
      await findNode(nodeOfExamples),
    ),
    pnpm_config_store_dir: dirname(store),
  };
}

async function runExample(name: string, folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const directory = join(folder, name);
  const source = (path: string): boolean =>
    !/[\\/](node_modules|runs|site|images)([\\/]|$)/.test(path);
  cpSync(join(examples, name), directory, { recursive: true, filter: source });
  // pnpm holds young packages back, and these are seconds old.
  writeFileSync(
    join(directory, "pnpm-workspace.yaml"),
    '{ "minimumReleaseAge": 0, "strictDepBuilds": false }',
  );
  const options = { cwd: directory, env, timeout: 240 };
  await mustRun(["pnpm", "install", "--ignore-scripts"], options);
  await mustRun(["tsc", "--project", "."], options);
  const started = performance.now();
  const { output } = await mustRun(["pnpm", "--silent", "start"], options);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`--- ${name}: ${seconds} s\n${output.trim()}`);
}

const chosen = chosenExamples(process.argv.slice(2));
const folder = mkdtempSync(join(tmpdir(), "elbo-examples-"));
try {
  const packages = await packPackages(join(folder, "tarballs"));
  const registry = await startLocalRegistry({
    storage: join(folder, "storage"),
    upstream: await upstreamRegistry(),
  });
  const env = await readersEnvironment(folder, registry.url);
  for (const { tarball } of packages) {
    await mustRun(["pnpm", "publish", tarball, "--no-git-checks"], { cwd: folder, env });
  }
  for (const name of chosen) {
    await runExample(name, folder, env).catch((error: Error) => {
      console.log(`--- ${name}: FAILED\n${error.message}`);
      process.exitCode = 1;
    });
  }
  await registry.stop();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
