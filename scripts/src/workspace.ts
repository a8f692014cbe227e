import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** The root of the repository, absolute. */
export const root: string = resolve(import.meta.dirname, "../..");

/** The part of a `package.json` that the scripts read. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly sideEffects?: boolean | readonly string[];
  readonly files?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly publishConfig?: Readonly<Record<string, unknown>>;
}

/** One folder of the workspace that npm will know. */
export interface PublicPackage {
  readonly name: string;
  readonly version: string;
  /** The folder, absolute. */
  readonly directory: string;
  readonly manifest: Manifest;
}

/** The manifest of the package in `directory`. */
export function readManifest(directory: string): Manifest {
  return JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as Manifest;
}

/**
 * The packages below `packages/` that are not private, by name.
 *
 * @param base root of the checkout to read: this one, or a clone of it
 */
export function publicPackages(base: string = root): PublicPackage[] {
  return readdirSync(join(base, "packages"))
    .map((folder) => join(base, "packages", folder))
    .filter((directory) => existsSync(join(directory, "package.json")))
    .map((directory) => ({ directory, manifest: readManifest(directory) }))
    .filter(({ manifest }) => manifest.private !== true)
    .map(({ directory, manifest }) => ({
      name: manifest.name,
      version: manifest.version,
      directory,
      manifest,
    }));
}

/** `@elbo/beta-vae` -> `beta-vae`. */
export function shortName(packageName: string): string {
  return packageName.slice(packageName.indexOf("/") + 1);
}
