import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startLocalRegistry, type LocalRegistry } from "../src/localRegistry.ts";
import { publishRehearsal, rehearsalEnvironment } from "../src/publishGuard.ts";

const folder = mkdtempSync(join(tmpdir(), "elbo-guard-"));
let local: LocalRegistry;
let elsewhere: Server;
let elsewhereUrl = "";
let requests: string[] = [];
let count = 0;

beforeAll(async () => {
  local = await startLocalRegistry({ storage: join(folder, "storage"), upstream: null });
  elsewhere = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    response.writeHead(201, { "content-type": "application/json" }).end("{}");
  });
  await new Promise<void>((done) => elsewhere.listen(0, "127.0.0.1", done));
  elsewhereUrl = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`;
});

afterAll(async () => {
  await local.stop();
  elsewhere.closeAllConnections();
  elsewhere.close();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(() => {
  requests = [];
  count += 1;
});

/** A checkout with one public package of a name of its own. */
function checkout(files: Record<string, string> = {}, publishConfig: object = {}): string {
  const base = join(folder, `checkout-${count}`);
  const manifest = {
    name: `@elbo/guarded-${count}`,
    version: "0.0.1",
    publishConfig: { access: "public", ...publishConfig },
  };
  const written: Record<string, string> = {
    "package.json": '{ "name": "checkout", "private": true }',
    "pnpm-workspace.yaml": "packages: [packages/*]\n",
    "pnpm-lock.yaml": "lockfileVersion: '9.0'\n",
    ".changeset/config.json": '{ "access": "public", "baseBranch": "main" }',
    "packages/guarded/package.json": JSON.stringify(manifest),
    ...files,
  };
  for (const [path, text] of Object.entries(written)) {
    mkdirSync(join(base, path, ".."), { recursive: true });
    writeFileSync(join(base, path), text);
  }
  return base;
}

function target(): { registry: string; home: string } {
  return { registry: local.url, home: join(folder, `home-${count}`) };
}

/** The version of this test's package that the local registry has. */
async function arrived(): Promise<string | undefined> {
  const response = await fetch(`${local.url}@elbo%2fguarded-${count}`);
  const { versions } = (await response.json()) as { versions?: object };
  return Object.keys(versions ?? {})[0];
}

const hostile: [string, (url: string) => NodeJS.ProcessEnv][] = [
  ["npm_config_registry", (url) => ({ npm_config_registry: url })],
  ["NPM_CONFIG_REGISTRY", (url) => ({ NPM_CONFIG_REGISTRY: url })],
  ["pnpm_config_registry", (url) => ({ pnpm_config_registry: url })],
  ["PNPM_CONFIG_REGISTRY", (url) => ({ PNPM_CONFIG_REGISTRY: url })],
  [
    "registries of the scope",
    (url) => ({ "npm_config_@elbo:registry": url, "pnpm_config_@elbo:registry": url }),
  ],
  [
    "a user's npmrc named by a variable",
    (url) => {
      const file = join(folder, "named.npmrc");
      writeFileSync(file, `registry=${url}\n@elbo:registry=${url}\n`);
      return { npm_config_userconfig: file, NPM_CONFIG_GLOBALCONFIG: file };
    },
  ],
  [
    "an npmrc in the home directory",
    (url) => {
      const home = join(folder, "hostile-home");
      mkdirSync(join(home, ".config/pnpm"), { recursive: true });
      writeFileSync(join(home, ".npmrc"), `registry=${url}\n@elbo:registry=${url}\n`);
      writeFileSync(join(home, ".config/pnpm/rc"), `registry=${url}\n`);
      writeFileSync(join(home, ".config/pnpm/config.yaml"), `registry: ${url}\n`);
      return { HOME: home, XDG_CONFIG_HOME: join(home, ".config") };
    },
  ],
];

describe("publishRehearsal", () => {
  it.each(hostile)("publishes to the local registry in spite of %s", async (_, variables) => {
    const env = { ...process.env, ...variables(elsewhereUrl) };
    await publishRehearsal(checkout(), target(), env);
    expect(await arrived()).toBe("0.0.1");
    expect(requests).toEqual([]);
  });

  it.each([
    ["registry", ".npmrc"],
    ["@elbo:registry", ".npmrc"],
    ["@elbo:registry", "packages/guarded/.npmrc"],
  ])("publishes to the local registry or refuses when %s is in %s", async (key, file) => {
    const base = checkout({ [file]: `${key}=${elsewhereUrl}\n` });
    const outcome = await publishRehearsal(base, target()).then(
      () => "published",
      (error: Error) => error.message,
    );
    expect(outcome).toMatch(/^published$|must publish to http:\/\/127\.0\.0\.1/);
    expect(await arrived()).toBe(outcome === "published" ? "0.0.1" : undefined);
    expect(requests).toEqual([]);
  });

  it("refuses a checkout whose workspace file names a registry that wins", async () => {
    const yaml = `packages: [packages/*]\nregistries:\n  "@elbo": ${elsewhereUrl}\n`;
    const outcome = await publishRehearsal(
      checkout({ "pnpm-workspace.yaml": yaml }),
      target(),
    ).then(
      () => "published",
      (error: Error) => error.message,
    );
    expect(await arrived()).toBe(outcome === "published" ? "0.0.1" : undefined);
    expect(requests).toEqual([]);
  });

  it.each([
    [".npmrc", (url: string) => `proxy=${url}\nhttps-proxy=${url}\nnoproxy=x\n`],
    [".npmrc", (url: string) => `http-proxy=${url}\nnoproxy=x\n`],
    [
      "pnpm-workspace.yaml",
      (url: string) => `packages: [packages/*]\nhttpProxy: ${url}\nnoProxy: "x"\n`,
    ],
    [
      "pnpm-workspace.yaml",
      (url: string) => `packages: [packages/*]\nproxy: ${url}\nhttpsProxy: ${url}\nnoproxy: "x"\n`,
    ],
  ])("publishes to the local registry or refuses when %s names a proxy", async (file, text) => {
    const base = checkout({ [file]: text(elsewhereUrl) });
    const outcome = await publishRehearsal(base, target()).then(
      () => "published",
      (error: Error) => error.message,
    );
    expect(outcome).toMatch(/^published$|must not use another proxy/);
    expect(await arrived()).toBe(outcome === "published" ? "0.0.1" : undefined);
    expect(requests).toEqual([]);
  });

  it("refuses a package that publishes another folder, whose manifest could name a registry", async () => {
    const inner = JSON.stringify({
      name: `@elbo/guarded-${count}`,
      version: "0.0.1",
      publishConfig: { registry: elsewhereUrl },
    });
    const base = checkout({ "packages/guarded/pub/package.json": inner }, { directory: "pub" });
    await expect(publishRehearsal(base, target())).rejects.toThrow("got directory");
    expect(requests).toEqual([]);
  });

  it.each(["registry", "@elbo:registry"])("refuses a publishConfig with %s", async (key) => {
    const base = checkout({}, { [key]: elsewhereUrl });
    await expect(publishRehearsal(base, target())).rejects.toThrow(
      `publishConfig of @elbo/guarded-${count} must name neither a registry nor a directory, got ${key}`,
    );
    expect(requests).toEqual([]);
  });

  it.each(["https://registry.example.org/", "http://127.0.0.1.example.org:80/"])(
    "refuses %s as a target",
    async (registry) => {
      await expect(publishRehearsal(checkout(), { ...target(), registry })).rejects.toThrow(
        `the registry must be http://127.0.0.1:PORT/, got ${registry}`,
      );
    },
  );
});

describe("rehearsalEnvironment", () => {
  it("hands on no token", () => {
    const secrets = {
      NPM_TOKEN: "a",
      NODE_AUTH_TOKEN: "b",
      "npm_config_//registry.example.org/:_authToken": "c",
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: "d",
      GITHUB_TOKEN: "e",
    };
    const env = rehearsalEnvironment(secrets, target());
    expect(Object.keys(env).filter((name) => name in secrets)).toEqual([]);
  });
});
