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
const proxyVariables = ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"];

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
    ...Object.fromEntries(proxyVariables.map((name) => [name, closedPort])),
    NO_PROXY: "127.0.0.1",
    no_proxy: "127.0.0.1",
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
    const keys = Object.keys(manifest.publishConfig ?? {}).filter((key) => /registry/i.test(key));
    if (keys.length > 0) {
      throw new Error(
        `assertPublishesOnlyTo: publishConfig of ${name} must not name a registry, got ${keys.join(", ")}`,
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
