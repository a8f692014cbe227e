import { execFileSync, spawn } from "node:child_process";
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ChildProcess } from "node:child_process";
import type { AddressInfo } from "node:net";

/** A store of queues in a process of its own, which can be killed and started again. */
export interface RealStore {
  readonly url: string;
  start(): void;
  kill(): Promise<void>;
  /** Ends it and removes what it kept. */
  remove(): Promise<void>;
}

/** Nobody: PostgreSQL does not run as root. */
const nobody = 65534;

const isRoot = process.getuid?.() === 0;

/** Whether a program can be called. */
export function isInstalled(program: string): boolean {
  try {
    execFileSync(program, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => {
        resolve(port);
      });
    });
  });
}

function processStore(url: string, folder: string, run: () => ChildProcess): RealStore {
  let child: ChildProcess | undefined;
  const kill = async (): Promise<void> => {
    const ending = child;
    if (ending?.exitCode !== null || ending.signalCode !== null) return;
    await new Promise((resolve) => {
      ending.once("exit", resolve);
      ending.kill("SIGKILL");
    });
  };
  return {
    url,
    start() {
      child = run();
    },
    kill,
    async remove() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A PostgreSQL with a new cluster. */
export async function postgresStore(): Promise<RealStore> {
  const folder = mkdtempSync(join(tmpdir(), "elbo-postgres-"));
  const as = isRoot ? { uid: nobody, gid: nobody } : {};
  if (isRoot) chownSync(folder, nobody, nobody);
  const data = join(folder, "data");
  execFileSync("initdb", ["-D", data, "-U", "bench", "-A", "trust", "--no-sync"], {
    stdio: "ignore",
    ...as,
  });
  const port = await freePort();
  return processStore(`postgres://bench@127.0.0.1:${port}/postgres`, folder, () =>
    spawn(
      "postgres",
      ["-D", data, "-p", String(port), "-h", "127.0.0.1", "-k", folder, "-c", "fsync=off"],
      { stdio: "ignore", ...as },
    ),
  );
}

/**
 * A Redis that writes every change down.
 *
 * @param password asked of everybody
 */
export async function redisStore(password?: string): Promise<RealStore> {
  const folder = mkdtempSync(join(tmpdir(), "elbo-redis-"));
  const port = await freePort();
  const login = password === undefined ? "" : `default:${password}@`;
  return processStore(`redis://${login}127.0.0.1:${port}`, folder, () =>
    spawn(
      "redis-server",
      [
        ...["--port", String(port), "--dir", folder, "--appendonly", "yes"],
        ...["--appendfsync", "always"],
        ...(password === undefined ? [] : ["--requirepass", password]),
      ],
      { stdio: "ignore" },
    ),
  );
}
