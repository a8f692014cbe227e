import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Bytes of the files below a folder, links not followed. */
export function bytesBelow(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) bytes += lstatSync(join(entry.parentPath, entry.name)).size;
  }
  return bytes;
}

/** The packages of an npm-installed `node_modules` with their bytes, nested ones on their own, the largest first. */
export function packagesBelow(modules: string): { name: string; bytes: number }[] {
  const found: { name: string; bytes: number }[] = [];
  const visit = (folder: string, scope: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (!entry.isDirectory() || entry.name.startsWith(".")) continue;
      const path = join(folder, entry.name);
      if (entry.name.startsWith("@") && scope === "") visit(path, `${entry.name}/`);
      else found.push({ name: scope + entry.name, bytes: bytesBelow(path) });
    }
  };
  visit(modules, "");
  return found.sort((a, b) => b.bytes - a.bytes);
}
