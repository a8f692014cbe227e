import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { mustRun, withPath } from "./command.ts";
import { publicPackages } from "./workspace.ts";

/** Where a rehearsal publishes, and on whose behalf. */
export interface RehearsalTarget {
  /** The registry that the rehearsal started itself: `http://127.0.0.1:PORT/`. */
  readonly registry: string;
  /** An empty folder that stands for the home directory: no user's npm settings or tokens are in it. */
  readonly home: string;
}

const closedPort = "http://127.0.0.1:9";
const homeVariables = ["HOME", "USERPROFILE", "XDG_CONFIG_HOME", "APPDATA", "LOCALAPPDATA"];
const direct = "127.0.0.1";
const proxies = ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"];
/** Variables of npm and pnpm win over a `.npmrc` or workspace file of the checkout, plain ones do not. */
const managedProxies = ["proxy", "http_proxy", "https_proxy"].flatMap((name) => [
  `npm_config_${name}`,
  `pnpm_config_${name}`,
]);
const exceptions = ["npm_config_noproxy", "pnpm_config_noproxy", "pnpm_config_no_proxy"];

/**
 * An environment in which npm and pnpm publish to the target and nowhere else: settings of either, tokens and the
 * home directory of the user are gone, and what is not on this machine is only reachable through a proxy that does
 * not exist.
 *
 * Both managers are named because pnpm 12 ignores `npm_config_registry`, and an upper-case `PNPM_CONFIG_REGISTRY`
 * wins over the lower-case one.
 */
export function rehearsalEnvironment(
  base: NodeJS.ProcessEnv,
  { registry, home }: RehearsalTarget,
): NodeJS.ProcessEnv {
  const foreign = /^(p?npm_|ALL_PROXY$|NO_PROXY$)|TOKEN|_AUTH/i;
  const kept = Object.entries(base).filter(([name]) => !foreign.test(name));
  mkdirSync(home, { recursive: true });
  return {
    ...withPath(Object.fromEntries(kept)),
    ...Object.fromEntries(homeVariables.map((name) => [name, home])),
    ...Object.fromEntries([...proxies, ...managedProxies].map((name) => [name, closedPort])),
    ...Object.fromEntries(["NO_PROXY", "no_proxy", ...exceptions].map((name) => [name, direct])),
    npm_config_registry: registry,
    pnpm_config_registry: registry,
    "npm_config_@elbo:registry": registry,
    "pnpm_config_@elbo:registry": registry,
    npm_config_userconfig: join(home, ".npmrc"),
    npm_config_globalconfig: join(home, "global.npmrc"),
  };
}

/**
 * Refuses unless npm and pnpm themselves, asked in the checkout and in every package of it, name the target as the
 * registry of `@elbo` packages. A file in the checkout can still say otherwise when the environment is clean.
 *
 * @throws Error that names who would publish where
 */
export async function assertPublishesOnlyTo(
  checkout: string,
  target: RehearsalTarget,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  if (!/^http:\/\/127\.0\.0\.1:\d+\/$/.test(target.registry)) {
    throw new Error(
      `assertPublishesOnlyTo: the registry must be http://127.0.0.1:PORT/, got ${target.registry}`,
    );
  }
  for (const { name, manifest } of publicPackages(checkout)) {
    // Another folder has a manifest of its own, with a publishConfig of its own.
    const foreign = /registry|^directory$/i;
    const keys = Object.keys(manifest.publishConfig ?? {}).filter((key) => foreign.test(key));
    if (keys.length > 0) {
      throw new Error(
        `assertPublishesOnlyTo: publishConfig of ${name} must name neither a registry nor a directory, got ${keys.join(", ")}`,
      );
    }
  }
  const folders = publicPackages(checkout).map(({ directory }) => directory);
  for (const directory of [checkout, ...folders]) await assertResolves(directory, target, env);
}

async function assertResolves(
  directory: string,
  { registry }: RehearsalTarget,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  for (const manager of ["npm", "pnpm"]) {
    const line = [manager, "config", "list", "--json"];
    const { stdout } = await mustRun(line, { cwd: directory, env });
    const settings = JSON.parse(stdout) as Record<string, unknown>;
    const refused = Object.entries(settings).filter(([key, value]) => isForeignProxy(key, value));
    if (refused.length > 0) {
      throw new Error(
        `assertPublishesOnlyTo: ${manager} must not use another proxy, got ${JSON.stringify(Object.fromEntries(refused))} in ${directory}`,
      );
    }
    for (const key of ["registry", "@elbo:registry"]) {
      const value = settings[key];
      if (value !== registry && !(key !== "registry" && value === undefined)) {
        throw new Error(
          `assertPublishesOnlyTo: ${manager} must publish to ${registry}, got ${key} = ${String(value)} in ${directory}`,
        );
      }
    }
  }
}

/** Whether a setting sends what goes to the local registry through some other host. */
function isForeignProxy(key: string, value: unknown): boolean {
  if (!/proxy$/i.test(key)) return false;
  const values = Array.isArray(value) ? value : [value];
  return values.some((one) => one !== null && one !== closedPort && one !== direct);
}

/**
 * Publishes every public package of a built checkout whose version the target does not have yet, with the command
 * that a release uses.
 *
 * @throws Error when anything could go elsewhere, or when publishing fails
 */
export async function publishRehearsal(
  checkout: string,
  target: RehearsalTarget,
  base: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const env = rehearsalEnvironment(base, target);
  if (readdirSync(target.home).includes(".npmrc")) {
    throw new Error(`publishRehearsal: home must hold no .npmrc, got ${target.home}`);
  }
  await assertPublishesOnlyTo(checkout, target, env);
  await mustRun(["changeset", "publish", "--no-git-tag"], { cwd: checkout, env });
  for (const { name, version } of publicPackages(checkout)) {
    const response = await fetch(`${target.registry}${name.replace("/", "%2f")}`);
    const { versions = {} } = (await response.json()) as { versions?: Record<string, unknown> };
    if (!(version in versions)) {
      throw new Error(
        `publishRehearsal: ${name}@${version} must be on ${target.registry}, got ${Object.keys(versions).join(", ") || "nothing"}`,
      );
    }
  }
}
