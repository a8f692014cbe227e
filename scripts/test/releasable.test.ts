import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { releaseObstacles } from "../src/releasable.ts";

let checkout: string;

function write(path: string, text: string): void {
  mkdirSync(join(checkout, path, ".."), { recursive: true });
  writeFileSync(join(checkout, path), text);
}

const changelog = (version: string): string => `# It\n\n## ${version}\n\n### Minor Changes\n`;

beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), "elbo-releasable-"));
  write(".changeset/config.json", "{}");
  write("examples/x/package.json", '{ "dependencies": { "@elbo/a": "^0.2.0", "other": "1" } }');
  for (const name of ["a", "b"]) write(`packages/${name}/CHANGELOG.md`, changelog("0.2.0"));
  write("packages/a/package.json", '{ "name": "@elbo/a", "version": "0.2.0" }');
  write("packages/b/package.json", '{ "name": "@elbo/b", "version": "0.2.0" }');
  write("packages/c/package.json", '{ "name": "@elbo/c", "version": "9.0.0", "private": true }');
});

afterEach(() => rmSync(checkout, { recursive: true, force: true }));

describe("releaseObstacles", () => {
  it("are none for packages of one version and applied changesets", () => {
    expect(releaseObstacles(checkout)).toEqual([]);
  });

  it("name the changesets that wait", () => {
    write(".changeset/brave-cats-jump.md", "---\n---\n");
    expect(releaseObstacles(checkout)).toEqual([
      'release: changesets must be applied by "pnpm version-packages" first, got brave-cats-jump.md',
    ]);
  });

  it("name versions that differ", () => {
    write("packages/b/package.json", '{ "name": "@elbo/b", "version": "0.3.0" }');
    write("packages/b/CHANGELOG.md", changelog("0.3.0"));
    expect(releaseObstacles(checkout)).toEqual([
      "release: all packages must have one version, got 0.2.0, 0.3.0",
    ]);
  });

  it("name a CHANGELOG without the version", () => {
    write("packages/a/CHANGELOG.md", changelog("0.1.0"));
    rmSync(join(checkout, "packages/b/CHANGELOG.md"));
    expect(releaseObstacles(checkout)).toEqual([
      "release: the CHANGELOG of @elbo/a must have a section 0.2.0",
      "release: the CHANGELOG of @elbo/b must have a section 0.2.0",
    ]);
  });

  it("name an example that asks for another version", () => {
    write("examples/x/package.json", '{ "dependencies": { "@elbo/a": "^0.1.0" } }');
    expect(releaseObstacles(checkout)).toEqual([
      "release: the example x must ask for @elbo/a ^0.2.0, got ^0.1.0",
    ]);
  });
});
