/**
 * `pnpm release:rehearse`: a release, an upgrade and yesterday's files, without a registry outside of this process.
 *
 * The last commit is cloned to a temporary folder and published as it is to a registry on the loopback address; a
 * consumer installs it, trains, saves a model and leaves a run half done. The clone is versioned again with one more
 * changeset and published again; the consumer upgrades, loads the model and finishes the run. Nothing in the working
 * tree is touched.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mustRun, withPath } from "./command.ts";
import { startLocalRegistry, upstreamRegistry } from "./localRegistry.ts";
import { publishRehearsal, rehearsalEnvironment, type RehearsalTarget } from "./publishGuard.ts";
import { pendingChangesets, releaseObstacles } from "./releasable.ts";
import { publicPackages, root } from "./workspace.ts";

const author = ["-c", "user.name=rehearsal", "-c", "user.email=rehearsal@localhost"];

async function told<T>(what: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const result = await work();
  console.log(`${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s  ${what}`);
  return result;
}

async function cloneCheckout(clone: string): Promise<void> {
  await mustRun(["git", "clone", "--quiet", "--no-hardlinks", root, clone]);
  const options = { cwd: clone, env: withPath() };
  await mustRun(["pnpm", "install", "--frozen-lockfile", "--prefer-offline"], options);
}

async function build(clone: string): Promise<void> {
  const filters = publicPackages(clone).map(({ name }) => `--filter=${name}`);
  const cache = `--cache-dir=${join(root, ".turbo", "cache")}`;
  const line = ["turbo", "run", "build", ...filters, cache, "--output-logs=errors-only"];
  await mustRun(line, { cwd: clone, env: withPath() });
}

/** Versions the clone as `pnpm version-packages` does, with a change that moves every package to the next minor. */
async function bump(clone: string, old: string): Promise<string> {
  console.log(`           changesets that wait already: ${pendingChangesets(clone).length}`);
  const names = publicPackages(clone).map(({ name }) => `"${name}": minor`);
  const changeset = `---\n${names.join("\n")}\n---\n\nA rehearsed change.\n`;
  writeFileSync(join(clone, ".changeset", "rehearsed-change.md"), changeset);
  const env = withPath();
  await mustRun(["pnpm", "version-packages"], { cwd: clone, env });
  await mustRun(["git", ...author, "commit", "--quiet", "--all", "-m", "Version"], { cwd: clone });
  const obstacles = releaseObstacles(clone);
  if (obstacles.length > 0) throw new Error(obstacles.join("\n"));
  const [major, minor] = old.split(".").map(Number) as [number, number];
  const version = publicPackages(clone)[0]?.version ?? "";
  if (version !== `${major}.${minor + 1}.0`) {
    throw new Error(`releaseRehearsal: the minor after ${old} must come, got ${version}`);
  }
  return version;
}

class RehearsalConsumer {
  readonly #directory: string;
  readonly #env: NodeJS.ProcessEnv;

  constructor(folder: string, target: RehearsalTarget) {
    this.#directory = join(folder, "consumer");
    this.#env = {
      ...rehearsalEnvironment(process.env, target),
      npm_config_cache: join(folder, "npm-cache"),
    };
    mkdirSync(this.#directory);
    cpSync(join(root, "scripts", "rehearsal"), this.#directory, { recursive: true });
    const manifest = { name: "consumer", private: true, type: "module" };
    writeFileSync(join(this.#directory, "package.json"), JSON.stringify(manifest));
  }

  /** Installs one version of the packages, without the native library, which is large and not what is rehearsed. */
  async install(version: string): Promise<void> {
    const wanted = ["@elbo/core", "@elbo/beta-vae"].map((name) => `${name}@${version}`);
    await this.#run(["npm", "install", "--omit=optional", "--ignore-scripts", ...wanted]);
    const line = ["node", "-p", "require('@elbo/beta-vae/package.json').version"];
    const installed = (await this.#run(line)).trim();
    if (installed !== version) {
      throw new Error(`releaseRehearsal: the consumer must have ${version}, got ${installed}`);
    }
  }

  async run(file: string): Promise<void> {
    await this.#run(["node", file]);
  }

  async #run(line: string[]): Promise<string> {
    return (await mustRun(line, { cwd: this.#directory, env: this.#env })).stdout;
  }
}

async function rehearse(folder: string): Promise<void> {
  const clone = join(folder, "clone");
  await told("clone the last commit and install", () => cloneCheckout(clone));
  const storage = join(folder, "storage");
  const registry = await startLocalRegistry({ storage, upstream: await upstreamRegistry() });
  try {
    await releaseTwice({ folder, clone, registry: registry.url });
  } finally {
    await registry.stop(); // or the process would never end
  }
}

interface Rehearsal {
  readonly folder: string;
  readonly clone: string;
  readonly registry: string;
}

/** One release, a consumer with a model and half a run, another release, and the consumer again. */
async function releaseTwice({ folder, clone, registry }: Rehearsal): Promise<void> {
  const target = { registry, home: join(folder, "home") };
  const old = publicPackages(clone)[0]?.version ?? "";
  await told(`build ${old}`, () => build(clone));
  await told(`publish ${old} to ${registry}`, () => publishRehearsal(clone, target));
  const consumer = new RehearsalConsumer(folder, target);
  await told(`install ${old} in a consumer`, () => consumer.install(old));
  await told("train, save a model, leave a run half done", () => consumer.run("save.js"));
  const next = await told("version again", () => bump(clone, old));
  await told(`build ${next}`, () => build(clone));
  await told(`publish ${next}`, () => publishRehearsal(clone, target));
  await told(`upgrade the consumer to ${next}`, () => consumer.install(next));
  await told("load the old model, finish the old run", () => consumer.run("load.js"));
}

const folder = mkdtempSync(join(tmpdir(), "elbo-rehearsal-"));
try {
  const { stdout } = await mustRun(["git", "log", "-1", "--format=%h %s"]);
  console.log(`rehearses ${stdout.trim()}; what is not committed is not in it`);
  await rehearse(folder);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
