/**
 * `pnpm test:install [--quick] [PACKAGE...]`: installs the public packages in fresh folders, the way their users will,
 * and tries them there. `pnpm test:install --sizes` measures instead what an installation weighs.
 *
 * The packages are packed, published to a registry of this process and installed with no route to any other host: on
 * Linux in a network namespace of its own, elsewhere through a proxy that does not exist.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { mustRun, runCommand } from "./command.ts";
import { Consumer, describeInstallation, findNode, type Installation } from "./consumer.ts";
import { writeSizeTable } from "./installSizes.ts";
import { startLocalRegistry, upstreamRegistry } from "./localRegistry.ts";
import { packPackages, type PackedPackage } from "./packedPackages.ts";
import { rehearsalEnvironment } from "./publishGuard.ts";
import { publicPackages, root } from "./workspace.ts";

const majors = [20, 22, 24];

function fullMatrix(names: readonly string[]): Installation[] {
  const rows: Installation[] = [];
  for (const name of names)
    for (const node of majors)
      for (const manager of ["npm", "pnpm"] as const)
        for (const source of ["registry", "tarball"] as const)
          for (const scripts of [true, false]) rows.push({ name, node, manager, source, scripts });
  return rows;
}

/** Every package by both managers on the oldest Node, every Node once, tarballs and silent scripts once each. */
function quickMatrix(names: readonly string[]): Installation[] {
  const [one] = names;
  return fullMatrix(names).filter(({ name, node, manager, source, scripts }) => {
    const oldest = node === majors[0];
    if (oldest && source === "registry" && scripts) return true;
    if (name !== one) return false;
    if (oldest) return source === "tarball" && !scripts;
    return manager === "npm" && source === "registry" && scripts;
  });
}

/** What the process outside of the namespace prepared for the one inside. */
interface Prepared {
  readonly folder: string;
  readonly packages: readonly PackedPackage[];
  readonly nodes: Readonly<Record<number, string>>;
  readonly rows: readonly Installation[];
  /** Leaves the README examples to the rows of npm. */
  readonly quick: boolean;
  /** Measures what an installation weighs, and tries none. */
  readonly sizes: boolean;
}

async function prepare(): Promise<Prepared> {
  const { values, positionals } = parseArgs({
    options: { quick: { type: "boolean" }, sizes: { type: "boolean" } },
    allowPositionals: true,
  });
  const known = publicPackages().map(({ name }) => name);
  const unknown = positionals.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    console.error(
      `installMatrix: a package must be one of ${known.join(", ")}, got ${unknown.join(", ")}`,
    );
    process.exit(2);
  }
  const names = positionals.length > 0 ? positionals : known;
  const { quick = false, sizes = false } = values;
  const rows = sizes ? [] : quick ? quickMatrix(names) : fullMatrix(names);
  const folder = mkdtempSync(join(tmpdir(), "elbo-install-"));
  const packages = await packPackages(join(folder, "tarballs"));
  const nodes: Record<number, string> = {};
  for (const major of majors) nodes[major] = await findNode(major);
  await fillStorage(folder, packages);
  return { folder, packages, nodes, rows, quick, sizes };
}

/** Publishes the packages and fetches everything that they depend on, while there is still a network. */
async function fillStorage(folder: string, packages: readonly PackedPackage[]): Promise<void> {
  const upstream = await upstreamRegistry();
  const registry = await startLocalRegistry({ storage: join(folder, "storage"), upstream });
  const target = { registry: registry.url, home: join(folder, "home") };
  const env = rehearsalEnvironment(process.env, target);
  for (const { tarball } of packages) {
    await mustRun(["pnpm", "publish", tarball, "--no-git-checks"], { cwd: folder, env });
  }
  const dependencies = Object.fromEntries(packages.map(({ name, version }) => [name, version]));
  const warm = join(folder, "warm");
  mkdirSync(warm);
  writeFileSync(join(warm, "package.json"), JSON.stringify({ private: true, dependencies }));
  const cached = { ...env, npm_config_cache: join(folder, "npm-cache") };
  const line = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund"];
  await mustRun(line, { cwd: warm, env: cached });
  rmSync(warm, { recursive: true });
  await registry.stop();
}

/** Runs this script again where nothing but the loopback address exists. */
async function runIsolated(prepared: Prepared): Promise<number> {
  const file = join(prepared.folder, "prepared.json");
  writeFileSync(file, JSON.stringify(prepared));
  const again = [...process.execArgv, import.meta.filename, "--inside", file];
  const isolated = ["unshare", "--map-root-user", "--net", "sh", "-c"];
  const possible =
    process.platform === "linux" &&
    (await runCommand([...isolated, "ip link set lo up"])).code === 0;
  if (!possible) {
    console.log(
      "SKIPPED: no network namespace here; other hosts are behind a proxy that does not exist",
    );
  }
  const line = possible
    ? [...isolated, 'ip link set lo up && exec "$@"', "sh", process.execPath, ...again]
    : [process.execPath, ...again];
  const onOutput = (text: string): void => void process.stdout.write(text);
  return (await runCommand(line, { timeout: 4 * 3600, onOutput })).code;
}

async function tryInstallations(prepared: Prepared): Promise<void> {
  const { folder, packages, nodes, rows, quick, sizes } = prepared;
  const registry = await startLocalRegistry({ storage: join(folder, "storage"), upstream: null });
  const target = { registry: registry.url, home: join(folder, "home") };
  const env = {
    ...rehearsalEnvironment(process.env, target),
    npm_config_cache: join(folder, "npm-cache"),
    pnpm_config_store_dir: join(folder, "pnpm-store"),
    npm_config_update_notifier: "false",
  };
  const around = { folder: join(folder, "consumers"), packages, env, nodes };
  let failed = 0;
  for (const row of rows) {
    const started = performance.now();
    const consumer = new Consumer(row, around);
    const problem = await tryOne(row, consumer, !quick || row.manager === "npm").catch(
      (error: Error) => error.message,
    );
    const seconds = ((performance.now() - started) / 1000).toFixed(1).padStart(6);
    console.log(
      `${problem === undefined ? "passed" : "FAILED"} ${seconds} s  ${describeInstallation(row)}`,
    );
    if (problem !== undefined) console.log(problem.split("\n").slice(0, 40).join("\n"));
    failed += problem === undefined ? 0 : 1;
    consumer.remove();
  }
  if (sizes) await writeSizeTable(around, join(root, "docs", "install-size.md"));
  await registry.stop();
  console.log(`${rows.length - failed} installations work, ${failed} do not`);
  process.exitCode = failed > 0 ? 1 : 0;
}

/** @returns nothing when all is well, else what is not */
async function tryOne(
  row: Installation,
  consumer: Consumer,
  withExample: boolean,
): Promise<undefined> {
  await consumer.install();
  await consumer.checkModules();
  if (row.node === majors[0]) await consumer.checkTypes();
  if (!withExample) return;
  await consumer.installForExample();
  expectAdvice(await consumer.runExample(), false);
  if (row.name !== "@elbo/jit" || row.manager !== "npm" || row.node !== majors[0]) return;
  for (const how of ["missing", "unusable"] as const) {
    consumer.damageNativeRuntime(how);
    expectAdvice(await consumer.runExample(), true);
  }
}

/** That WebAssembly stands in is said once, with the reason, and only when the native library does not load. */
function expectAdvice(output: string, expected: boolean): void {
  const lines = output.split("\n").filter((line) => line.includes('running on "wasm"'));
  const times = lines.length;
  if (times !== (expected ? 1 : 0)) {
    throw new Error(
      `the warning about the native library must come ${expected ? "once" : "never"}, came ${times} times\n${output}`,
    );
  }
  if (expected && !lines[0]?.includes("because")) {
    throw new Error(`the warning about the native library must give the reason\n${output}`);
  }
}

if (process.argv[2] === "--inside") {
  await tryInstallations(JSON.parse(readFileSync(process.argv[3] ?? "", "utf8")) as Prepared);
} else {
  const prepared = await prepare();
  try {
    process.exitCode = await runIsolated(prepared);
  } finally {
    rmSync(prepared.folder, { recursive: true, force: true });
  }
}
