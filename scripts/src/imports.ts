/** Reads which file of the workspace imports which, types included. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import ts from "typescript";

/** A file and what it names in its imports. */
export interface SourceFile {
  /** Relative to the root, with `/`: `packages/core/src/random/random.ts`. */
  readonly path: string;
  /** As they stand in the file: `"./hash.ts"`, `"@elbo/jit"`, `"#platform"`. */
  readonly specifiers: readonly string[];
}

/** The TypeScript files below a folder, by path. */
export function readSources(root: string, folder: string): SourceFile[] {
  const directory = join(root, folder);
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.split(sep).includes("node_modules"))
    .filter((name) => statSync(join(directory, name)).isFile())
    .sort()
    .map((name) => ({
      path: relative(root, join(directory, name)).split(sep).join("/"),
      specifiers: importsOf(readFileSync(join(directory, name), "utf8")),
    }));
}

/** The modules that a text imports or re-exports: statically, as types, or by `import("...")`. */
export function importsOf(text: string): string[] {
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
}

/** The file that a relative specifier means, relative to the root. */
export function resolveRelative(from: string, specifier: string): string {
  return join(dirname(from), specifier).split(sep).join("/");
}

/**
 * Circles of files: the strongly connected components of more than one file, and files that import themselves.
 *
 * Tarjan's algorithm (1972), without recursion into anything but the graph; linear in files and imports.
 *
 * @param edges what each file imports, by path
 */
export function circlesOf(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const circles: string[][] = [];
  const visit = (file: string): number => {
    let low = order.size;
    const own = low;
    order.set(file, own);
    lowest.set(file, own);
    stack.push(file);
    for (const next of edges.get(file) ?? []) {
      if (!order.has(next)) low = Math.min(low, visit(next));
      else if (stack.includes(next)) low = Math.min(low, order.get(next) ?? own);
    }
    if (low === own) {
      const circle = stack.splice(stack.indexOf(file));
      if (circle.length > 1 || (edges.get(file) ?? []).includes(file)) circles.push(circle.sort());
    }
    return low;
  };
  for (const file of edges.keys()) if (!order.has(file)) visit(file);
  return circles;
}
