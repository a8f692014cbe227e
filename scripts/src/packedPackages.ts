import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { mustRun, withPath } from "./command.ts";
import { publicPackages, root, shortName, type PublicPackage } from "./workspace.ts";

/** A package and the file that `npm publish` would send. */
export interface PackedPackage extends PublicPackage {
  /** The `.tgz`, absolute. */
  readonly tarball: string;
}

/**
 * Builds the public packages and packs them into a folder.
 *
 * @param folder where the tarballs go; made when missing
 * @param base root of the checkout to pack: this one, or a clone of it
 */
export async function packPackages(folder: string, base: string = root): Promise<PackedPackage[]> {
  mkdirSync(folder, { recursive: true });
  const packages = publicPackages(base);
  const filters = packages.map(({ name }) => `--filter=${name}`);
  const options = { cwd: base, env: withPath() };
  await mustRun(["turbo", "run", "build", ...filters, "--output-logs=errors-only"], options);
  await mustRun(["pnpm", "-r", ...filters, "pack", "--pack-destination", folder], options);
  const files = readdirSync(folder);
  return packages.map((entry) => {
    const file = `elbo-${shortName(entry.name)}-${entry.version}.tgz`;
    if (!files.includes(file)) {
      throw new Error(`packPackages: ${entry.name} must become ${file}, got ${files.join(", ")}`);
    }
    return { ...entry, tarball: join(folder, file) };
  });
}
