import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { mustRun } from "../src/command.ts";
import { listTarball } from "../src/tarball.ts";

// The entries that macOS adds for attributes of its own are not wanted, nor are headers for long times.
const env = { ...process.env, COPYFILE_DISABLE: "1" };
const tar = ["tar", "--format=ustar", "-czf"];
const folder = mkdtempSync(join(tmpdir(), "elbo-tarball-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("listTarball", () => {
  it("lists files with their sizes, also below folders", async () => {
    mkdirSync(join(folder, "package/dist"), { recursive: true });
    writeFileSync(join(folder, "package/README.md"), "12345");
    writeFileSync(join(folder, "package/dist/index.js"), "x".repeat(700));
    await mustRun([...tar, "packed.tgz", "package"], { cwd: folder, env });
    const entries = listTarball(join(folder, "packed.tgz"));
    expect(entries.sort((a, b) => a.size - b.size)).toEqual([
      { path: "README.md", size: 5 },
      { path: "dist/index.js", size: 700 },
    ]);
  });

  it("refuses a file outside of package/", async () => {
    writeFileSync(join(folder, "stray"), "1");
    await mustRun([...tar, "stray.tgz", "stray"], { cwd: folder, env });
    expect(() => listTarball(join(folder, "stray.tgz"))).toThrow("must lie in package/, got stray");
  });
});
