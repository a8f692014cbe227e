import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { exampleManifests } from "./examples.ts";
import { publicPackages } from "./workspace.ts";

/**
 * What keeps the versions of a checkout from being published: changesets that were not applied yet, packages of
 * different versions (they move together), a CHANGELOG that does not know the version, an example that asks for
 * another one.
 *
 * @returns one sentence per obstacle; nothing when it may be published
 */
export function releaseObstacles(checkout: string): string[] {
  const packages = publicPackages(checkout);
  const versions = [...new Set(packages.map(({ version }) => version))];
  const pending = pendingChangesets(checkout);
  const silent = packages.filter(({ directory, version }) => !knows(directory, version));
  return [
    ...(versions.length === 1
      ? []
      : [`release: all packages must have one version, got ${versions.join(", ")}`]),
    ...(pending.length === 0
      ? []
      : [
          `release: changesets must be applied by "pnpm version-packages" first, got ${pending.join(", ")}`,
        ]),
    ...silent.map(
      ({ name, version }) => `release: the CHANGELOG of ${name} must have a section ${version}`,
    ),
    ...staleExamples(checkout, versions[0] ?? ""),
  ];
}

/** Names of the changesets that wait for the next version. */
export function pendingChangesets(checkout: string): string[] {
  return readdirSync(join(checkout, ".changeset")).filter(
    (file) => file.endsWith(".md") && file !== "README.md",
  );
}

function knows(directory: string, version: string): boolean {
  const file = join(directory, "CHANGELOG.md");
  return existsSync(file) && readFileSync(file, "utf8").includes(`\n## ${version}\n`);
}

function staleExamples(checkout: string, version: string): string[] {
  return exampleManifests(checkout).flatMap(({ name, ranges }) => {
    const stale = Object.entries(ranges).filter(([, range]) => range !== `^${version}`);
    return stale.map(
      ([dependency, range]) =>
        `release: the example ${name} must ask for ${dependency} ^${version}, got ${range}`,
    );
  });
}
