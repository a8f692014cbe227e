import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** One file of a tarball. */
export interface TarballEntry {
  /** Path below the `package/` folder that every npm tarball has. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

const block = 512;

/**
 * Lists the files of an npm tarball.
 *
 * @throws Error when an entry lies outside of `package/`
 */
export function listTarball(file: string): TarballEntry[] {
  const bytes = gunzipSync(readFileSync(file));
  const entries: TarballEntry[] = [];
  for (let at = 0; at + block <= bytes.length && bytes[at] !== 0;) {
    const text = (from: number, length: number): string =>
      bytes.toString("utf8", at + from, at + from + length).replace(/\0.*$/s, "");
    const path = [text(345, 155), text(0, 100)].filter(Boolean).join("/");
    const size = Number.parseInt(text(124, 12), 8);
    const kind = text(156, 1) || "0";
    if (kind === "0") {
      if (!path.startsWith("package/")) {
        throw new Error(`listTarball: files must lie in package/, got ${path} in ${file}`);
      }
      entries.push({ path: path.slice("package/".length), size });
    }
    at += block + Math.ceil(size / block) * block;
  }
  return entries;
}
