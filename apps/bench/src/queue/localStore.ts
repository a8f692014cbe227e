import { createServer } from "node:net";
import type { AddressInfo } from "node:net";

/** A PostgreSQL that lives in this process. */
export interface LocalStore {
  /** `postgres://...` on the loopback interface. */
  readonly url: string;
  close(): Promise<void>;
}

/** Connections that a handful of workers may open. */
const mostConnections = 100;

/**
 * Starts PGlite, a PostgreSQL in WebAssembly, in memory and behind a port of the loopback interface. Nothing in it has to outlast the
 * process: what is finished lies in the trials' folders.
 */
export async function startLocalStore(): Promise<LocalStore> {
  const [{ PGlite }, { PGLiteSocketServer }] = await Promise.all([
    import("@electric-sql/pglite"),
    import("@electric-sql/pglite-socket"),
  ]);
  const db = await PGlite.create();
  // All connections share PGlite's one session, and with it the search path that BullMQ sets for each of its own.
  await db.exec("CREATE SCHEMA IF NOT EXISTS bullmq; SET search_path TO bullmq, public");
  const port = await freePort();
  const server = new PGLiteSocketServer({
    db,
    port,
    host: "127.0.0.1",
    maxConnections: mostConnections,
  });
  await server.start();
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres?sslmode=disable`,
    async close() {
      await server.stop();
      await db.close();
    },
  };
}

/** A port that nobody listens on. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => {
        resolve(port);
      });
    });
  });
}
