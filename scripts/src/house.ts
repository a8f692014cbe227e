/**
 * The arrows of the house, as tables: which package and which room of a package may import which. The tables of the
 * documentation (CONTRIBUTING.md) are their prose; a test compares both with the imports that there are.
 */
import { circlesOf, readSources, resolveRelative, type SourceFile } from "./imports.ts";

/** Packages of the workspace that the sources of each may name; whatever is not named is refused. */
export const packageArrows: Readonly<Record<string, readonly string[]>> = {
  "packages/common": [],
  "packages/jit": ["@elbo/common"],
  "packages/core": ["@elbo/common", "@elbo/jit"],
  "packages/datasets": ["@elbo/common"],
  "packages/beta-vae": ["@elbo/core"],
  "packages/cvae": ["@elbo/core"],
  "packages/vq-vae": ["@elbo/core"],
  "packages/test-utils": [],
  "apps/bench": [
    "@elbo/common",
    "@elbo/jit",
    "@elbo/core",
    "@elbo/datasets",
    "@elbo/beta-vae",
    "@elbo/cvae",
    "@elbo/vq-vae",
  ],
  scripts: [],
};

/** What tests may name besides the arrows of their package and the package itself. */
const forTests = ["@elbo/test-utils", "@elbo/datasets"];

/**
 * The rooms of packages that have several, in the order of their arrows: a room imports from those before it and from
 * itself. A room is a folder of `src`, or a file that lies directly in it. Rooms in one row know nothing of each other.
 * `index` is the end of every list and imports what it gives away.
 */
export const rooms: Readonly<Record<string, readonly (readonly string[])[]>> = {
  "packages/core": [
    ["random", "json", "shape", "version", "numeric"],
    ["ndArray"],
    ["platform"],
    ["step"],
    ["distributions"],
    ["objective"],
    ["likelihoods", "latents"],
    ["networks"],
    ["runner"],
    ["data"],
    ["model"],
    ["priors"],
    ["operations"],
    ["optimizers"],
    ["files"],
    ["training"],
    ["evaluation"],
    ["anomaly", "representation", "diagnosis"],
    ["saving"],
    ["samplers"],
    ["latentModel", "classifier", "codePrior"],
    ["coding"],
    ["conformance"],
  ],
  "packages/jit": [
    ["types", "wasm.d"],
    ["graph"],
    ["trace"],
    ["rewrite"],
    ["onnx", "plan"],
    ["runtime"],
    ["options", "feeds"],
    ["exportOnnx", "exportPlan", "measureMemory", "run"],
    ["jit"],
  ],
};

const whole = (folder: string): boolean => Object.hasOwn(rooms, folder);

/** The room of a file inside its package: `random` of `packages/core/src/random/hash.ts`, `json` of `packages/core/src/json.ts`. */
function roomOf(folder: string, path: string): string {
  return path.slice(`${folder}/src/`.length).split("/")[0].replace(/\.ts$/, "");
}

const packageOf = (specifier: string): string => specifier.split("/").slice(0, 2).join("/");

/** Imports of another package that no arrow allows, a sentence each. */
export function wrongPackageArrows(root: string): string[] {
  return Object.entries(packageArrows).flatMap(([folder, arrows]) => {
    const own = folder === "scripts" ? "@elbo/scripts" : `@elbo/${folder.split("/")[1]}`;
    const refused = (files: readonly SourceFile[], allowed: readonly string[]): string[] =>
      files.flatMap(({ path, specifiers }) =>
        specifiers
          .filter((name) => name.startsWith("@elbo/") && !allowed.includes(packageOf(name)))
          .map((name) => `${path} imports ${name}`),
      );
    return [
      ...refused(readSources(root, `${folder}/src`), arrows),
      ...refused(readSources(root, `${folder}/test`), [own, ...arrows, ...forTests]),
    ];
  });
}

/** Relative imports that leave their package or point at no file, and imports between rooms that no arrow allows. */
export function wrongRoomArrows(root: string, folder: string): string[] {
  const files = readSources(root, `${folder}/src`);
  const known = new Set(files.map(({ path }) => path));
  const order = new Map(
    (rooms[folder] ?? []).flatMap((row, level) => row.map((room) => [room, level] as const)),
  );
  return files.flatMap(({ path, specifiers }) => {
    const from = roomOf(folder, path);
    if (whole(folder) && from !== "index" && !order.has(from)) return [`${path}: no room ${from}`];
    return targetsOf(path, specifiers).flatMap((target) => {
      if (!known.has(target)) return [`${path} imports ${target}, which is not in ${folder}/src`];
      const to = roomOf(folder, target);
      const allowed = !whole(folder) || from === "index" || from === to || before(order, to, from);
      return allowed ? [] : [`${path} (${from}) imports ${target} (${to})`];
    });
  });
}

function before(order: ReadonlyMap<string, number>, to: string, from: string): boolean {
  return (order.get(to) ?? Infinity) < (order.get(from) ?? Infinity);
}

function targetsOf(path: string, specifiers: readonly string[]): string[] {
  return specifiers
    .filter((specifier) => specifier.startsWith(".") && specifier.endsWith(".ts"))
    .map((specifier) => resolveRelative(path, specifier));
}

/** Circles of files within a package. */
export function circlesIn(root: string, folder: string): string[][] {
  const files = readSources(root, `${folder}/src`);
  return circlesOf(
    new Map(files.map(({ path, specifiers }) => [path, targetsOf(path, specifiers)])),
  );
}
