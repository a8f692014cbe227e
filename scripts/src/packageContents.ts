/**
 * `node --import ./scripts/typescript.mjs scripts/src/packageContents.ts`: checks what would be published. Files,
 * sizes, what importing does to the process, what a bundler keeps of a package that nobody uses, and that nothing of
 * `node:` reaches a browser bundle.
 */
import { build, type BuildOptions, type Metafile } from "esbuild";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mustRun } from "./command.ts";
import { packPackages, type PackedPackage } from "./packedPackages.ts";
import { listTarball } from "./tarball.ts";
import { shortName } from "./workspace.ts";

/** Largest size of each tarball in kB (1000 bytes), as downloaded. A package that grows past it says why in its commit. */
const budgets: Readonly<Record<string, number>> = {
  "beta-vae": 140, // the objectives, the measures of disentanglement, tables and sequences
  core: 650, // with the conformance suite, the measures, the uses, and the sources in its maps
  cvae: 100, // conditions of columns, completion, semi-supervised learning
  datasets: 2900,
  jit: 1700, // the kernels for eight platforms and WebAssembly
  "vq-vae": 130, // quantizers, priors over codes, the coder of files
};

/** A bundle of `import` alone may hold this much: comments and an empty module. Bytes. */
const emptyBundle = 200;

const wanted = ["LICENSE", "README.md", "package.json"];

/** Whether a path is one that an entry of `files` names: a folder, a file, or all files of one kind in a folder. */
function isWithin(path: string, entry: string): boolean {
  const [start, end] = entry.split("*");
  return end === undefined
    ? path === entry || path.startsWith(`${entry}/`)
    : path.startsWith(start) && path.endsWith(end);
}

function checkFiles({ name, tarball, manifest }: PackedPackage): string[] {
  const paths = listTarball(tarball).map(({ path }) => path);
  const folders = manifest.files ?? [];
  const missing = wanted.filter((path) => !paths.includes(path));
  const strange = paths.filter(
    (path) => !wanted.includes(path) && !folders.some((folder) => isWithin(path, folder)),
  );
  const sources = paths.filter((path) =>
    /(^|\/)(src|test|scripts)\/|\.test\.|(?<!\.d)\.ts$/.test(path),
  );
  return [
    ...missing.map((path) => `${name}: the tarball must hold ${path}`),
    ...strange.map((path) => `${name}: the tarball must hold nothing but "files", got ${path}`),
    ...sources.map((path) => `${name}: the tarball must hold no sources or tests, got ${path}`),
  ];
}

function checkSize({ name, tarball }: PackedPackage): string[] {
  const budget = budgets[shortName(name)];
  const size = statSync(tarball).size / 1000;
  if (budget === undefined) return [`${name}: a budget must be stated in packageContents.ts`];
  return size <= budget ? [] : [`${name}: the tarball must be at most ${budget} kB, got ${size}`];
}

/** What is not published must have been built in: code and types import declared packages only. */
function checkWorkspaceImports({ name, directory, manifest }: PackedPackage): string[] {
  const known = [name, ...Object.keys(manifest.dependencies ?? {})];
  const folder = join(directory, "dist");
  const files = readdirSync(folder).filter((file) => /\.(js|d\.ts)$/.test(file));
  return files.flatMap((file) => {
    const imports = readFileSync(join(folder, file), "utf8").matchAll(
      /["'](@elbo\/[\w-]+)[\w/-]*["'];?$/gm,
    );
    const strange = [...new Set([...imports].map((found) => found[1]))];
    return strange
      .filter((imported) => !known.includes(imported))
      .map((imported) => `${name}: dist/${file} must import dependencies only, got ${imported}`);
  });
}

async function bundle(entry: PackedPackage, code: string): Promise<Metafile> {
  const options: BuildOptions = {
    stdin: { contents: code, resolveDir: entry.directory },
    bundle: true,
    format: "esm",
    platform: "browser",
    metafile: true,
    write: false,
    logLevel: "silent",
    external: ["node:*"],
  };
  return (await build({ ...options, metafile: true })).metafile;
}

async function checkUnused(entry: PackedPackage): Promise<string[]> {
  const { outputs } = await bundle(entry, `import * as unused from "${entry.name}";`);
  const bytes = Object.values(outputs).reduce((sum, output) => sum + output.bytes, 0);
  if (bytes <= emptyBundle) return [];
  return [
    `${entry.name}: a bundle that uses nothing must be at most ${emptyBundle} bytes, got ${bytes}`,
  ];
}

async function checkBrowser(entry: PackedPackage): Promise<string[]> {
  const { outputs } = await bundle(entry, `export * from "${entry.name}";`);
  const imports = Object.values(outputs).flatMap((output) => output.imports);
  const strange = [
    ...new Set(imports.map(({ path }) => path).filter((path) => !path.startsWith("data:"))),
  ];
  return strange.map(
    (path) => `${entry.name}: a browser bundle must stand alone, got an import of ${path}`,
  );
}

/** What `sideEffects: false` promises: after the import, nothing outside of the package is different. */
const importProbe = `
  let tf;
  try { tf = await import("@tensorflow/tfjs-core"); } catch {}
  const look = () => JSON.stringify({
    globals: Object.getOwnPropertyNames(globalThis).sort(),
    listeners: process.eventNames().map((name) => [String(name), process.listenerCount(name)]),
    backends: tf && Object.keys(tf.engine().registryFactory).filter((name) => name !== "elbo-storage"), // which only stores
    backend: tf && tf.engine().backendName,
    kernels: tf && ["cpu", "webgl"].map((name) => tf.getKernelsForBackend(name).length),
  });
  const before = look();
  await import(process.argv[1]);
  const after = look();
  if (before !== after) console.log(before + " became " + after);
`;

async function checkImport({ name, directory, manifest }: PackedPackage): Promise<string[]> {
  if (manifest.sideEffects !== false) return [`${name}: "sideEffects" must be false`];
  const line = ["node", "--input-type=module", "-e", importProbe, name];
  const { stdout } = await mustRun(line, { cwd: directory });
  const said = stdout.split("\n").filter((text) => text !== "" && !isTensorflowBanner(text));
  return said.map((text) => `${name}: importing it must change and print nothing, got ${text}`);
}

/** TF.js itself recommends tfjs-node when it starts on the CPU; that is not ours. */
function isTensorflowBanner(text: string): boolean {
  return /^=+$|looks like you are running TensorFlow\.js in Node|tfjs-node|platform-specific/i.test(
    text,
  );
}

const folder = mkdtempSync(join(tmpdir(), "elbo-contents-"));
try {
  const problems: string[] = [];
  for (const entry of await packPackages(folder)) {
    const files = listTarball(entry.tarball);
    const unpacked = files.reduce((sum, { size }) => sum + size, 0);
    const found = [
      ...checkFiles(entry),
      ...checkSize(entry),
      ...checkWorkspaceImports(entry),
      ...(await checkUnused(entry)),
      ...(await checkBrowser(entry)),
      ...(await checkImport(entry)),
    ];
    problems.push(...found);
    const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;
    const size = `${kilobytes(statSync(entry.tarball).size)} packed, ${kilobytes(unpacked)} unpacked`;
    console.log(`${entry.name.padEnd(16)} ${files.length} files, ${size}`);
  }
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length > 0 ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
