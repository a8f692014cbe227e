/** The board of a plan whose queue is gone. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { boardLines } from "../src/queue/status.ts";
import { openStore } from "../src/run/store.ts";
import { exampleTrial } from "./support/exampleResults.ts";
import type { AddressInfo } from "node:net";

const folder = mkdtempSync(join(tmpdir(), "elbo-status-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A port that nobody listens on. */
const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => {
        resolve(port);
      });
    });
  });

test.each(["redis", "postgres"])(
  "a %s that does not answer is said, and the folder is told all the same",
  async (kind) => {
    const port = await freePort();
    const url = `${kind}://someone:secret@127.0.0.1:${port}/0`;
    expect(await boardLines([exampleTrial("vae", 1)], openStore(folder), url)).toEqual([
      "1 trials: 0 finished, 0 diverged, 1 to do.",
      `Queue: no answer at 127.0.0.1:${port} (ECONNREFUSED).`,
    ]);
  },
);

test("what is no address is refused", async () => {
  await expect(boardLines([], openStore(folder), "postgres://a:b#c@host/d")).rejects.toThrow(
    'bench: --queue must be an address (%23 stands for # in a password, %40 for @), got "postgres://a:b#c@host/d"',
  );
});

test("another kind of address is refused", async () => {
  await expect(boardLines([], openStore(folder), "http://x")).rejects.toThrow(
    'bench: --queue must be redis://... or postgres://..., got "http://x"',
  );
});
