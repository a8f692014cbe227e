import { mkdirSync } from "node:fs";
import type { AddressInfo } from "node:net";
import type { Server } from "node:http";
import { join } from "node:path";
import { mustRun } from "./command.ts";

/** A package registry on this machine, for as long as the process that started it. */
export interface LocalRegistry {
  /** `http://127.0.0.1:PORT/` */
  readonly url: string;
  stop(): Promise<void>;
}

/** What a local registry keeps and where it asks for what it does not have. */
export interface LocalRegistryOptions {
  /** Folder of everything published here or fetched from upstream. */
  readonly storage: string;
  /** Registry asked for packages that are not elbo's; `null`: none, only what `storage` already has. */
  readonly upstream: string | null;
}

/** The registry that this machine's npm reads from. */
export async function upstreamRegistry(): Promise<string> {
  const { stdout } = await mustRun(["npm", "config", "get", "registry"]);
  return stdout.trim();
}

/**
 * Starts Verdaccio on a free port of the loopback address. Whatever is called `@elbo/...` is known only when it was
 * published here: a name that is missing is missing, even where another registry has it.
 */
export async function startLocalRegistry(options: LocalRegistryOptions): Promise<LocalRegistry> {
  mkdirSync(options.storage, { recursive: true });
  const { runServer } = await import("verdaccio");
  const server = (await runServer(configuration(options))) as Server;
  await new Promise<void>((done, fail) => {
    server.once("error", fail).listen(0, "127.0.0.1", done);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

function configuration({ storage, upstream }: LocalRegistryOptions): Record<string, unknown> {
  const everyone = { access: "$all", publish: "$all", unpublish: "$all" };
  const uplink = {
    url: upstream,
    timeout: "120s",
    max_fails: 100,
    fail_timeout: "1s",
    maxage: "1d",
  };
  return {
    self_path: join(storage, "verdaccio.json"),
    configPath: join(storage, "verdaccio.json"),
    storage,
    uplinks: upstream === null ? {} : { upstream: uplink },
    packages: {
      "@elbo/*": everyone,
      "**": upstream === null ? { access: "$all" } : { access: "$all", proxy: "upstream" },
    },
    auth: { htpasswd: { file: join(storage, "htpasswd") } },
    max_body_size: "100mb",
    web: { enable: false },
    log: { type: "file", path: join(storage, "verdaccio.log"), format: "json", level: "warn" },
  };
}
