import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "../src/workspace.ts";

const lockfile = readFileSync(join(root, "pnpm-lock.yaml"), "utf8");
const systems = ["linux", "darwin", "win32"].flatMap((os) =>
  ["x64", "arm64"].map((cpu) => ({ os, cpu })),
);

/** What the lockfile says of every version of the packages that hold a tool's build for one system. */
function buildsOf(tool: string): Map<string, string[]> {
  const versions = new Map<string, string[]>();
  const packages = lockfile.matchAll(/^ {2}'?(\S+?)@([\d.]+)'?:\n((?: {4}.*\n)+)/gm);
  for (const [, name = "", version = "", about = ""] of packages) {
    if (!name.startsWith(tool) || !/^ {4}os:/m.test(about)) continue;
    versions.set(version, [...(versions.get(version) ?? []), about]);
  }
  return versions;
}

// pnpm leaves out a build that the registry lacks, and says nothing; installations elsewhere then fail.
it.each(["@esbuild/", "@rolldown/binding-", "@rollup/rollup-", "@turbo/"])(
  "the lockfile has %s builds for every system that a developer may use",
  (tool) => {
    const versions = buildsOf(tool);
    expect(versions.size).toBeGreaterThan(0);
    for (const [version, builds] of versions) {
      const missing = systems.filter(
        ({ os, cpu }) => !builds.some((about) => has(about, "os", os) && has(about, "cpu", cpu)),
      );
      expect({ version, missing }).toEqual({ version, missing: [] });
    }
  },
);

function has(about: string, key: string, value: string): boolean {
  return new RegExp(`^ {4}${key}: \\[(.*, )?${value}(, .*)?\\]`, "m").test(about);
}
