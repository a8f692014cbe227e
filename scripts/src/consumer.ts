import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mustRun, runCommand, withPath } from "./command.ts";
import type { PackedPackage } from "./packedPackages.ts";
import { packagesToInstall, readmeExample } from "./readmeExample.ts";
import { root } from "./workspace.ts";

/** How somebody might install one of the packages. */
export interface Installation {
  readonly name: string;
  readonly manager: "npm" | "pnpm";
  /** Major version of Node. */
  readonly node: number;
  readonly source: "tarball" | "registry";
  /** Whether install scripts of dependencies may run. */
  readonly scripts: boolean;
}

/** What all installations of a run share. */
export interface Surroundings {
  readonly folder: string;
  readonly packages: readonly PackedPackage[];
  /** Environment in which npm and pnpm know only the local registry. */
  readonly env: NodeJS.ProcessEnv;
  /** Folder of the `node` command of each major version. */
  readonly nodes: Readonly<Record<number, string>>;
}

/** `@elbo/jit npm node 20 registry scripts` */
export function describeInstallation(it: Installation): string {
  const scripts = it.scripts ? "scripts" : "no scripts";
  return `${it.name.padEnd(15)} ${it.manager.padEnd(4)} node ${it.node} ${it.source.padEnd(8)} ${scripts}`;
}

/** A project outside of the workspace with one of the packages in it. */
export class Consumer {
  readonly directory: string;
  readonly #what: Installation;
  readonly #around: Surroundings;
  readonly #env: NodeJS.ProcessEnv;
  readonly #wanted = new Set<string>();

  constructor(what: Installation, around: Surroundings) {
    this.#what = what;
    this.#around = around;
    this.directory = join(around.folder, describeInstallation(what).replace(/[^a-z0-9]+/g, "-"));
    const node = around.nodes[what.node];
    if (node === undefined) throw new RangeError(`Consumer: no Node ${what.node} was found`);
    this.#env = withPath(around.env, node);
  }

  /** Makes the project anew and installs into it. */
  async install(): Promise<void> {
    rmSync(this.directory, { recursive: true, force: true });
    mkdirSync(this.directory, { recursive: true });
    await this.#install([this.#what.name]);
  }

  /** `import` and `require` must give one and the same module. */
  async checkModules(): Promise<void> {
    const { name } = this.#what;
    this.#write(
      "modules.js",
      `import { createRequire } from "node:module";
import * as imported from "${name}";
const required = createRequire(import.meta.url)("${name}");
const names = Object.keys(imported);
if (names.length === 0) throw new Error("nothing is exported");
for (const key of names) if (required[key] !== imported[key]) throw new Error(key + " differs");
`,
    );
    await this.#run(["node", "modules.js"]);
  }

  /**
   * The types must resolve for Node and for bundlers, and be right by themselves. Those of TF.js are not, without
   * `skipLibCheck`; only what is said of elbo's counts.
   */
  async checkTypes(): Promise<void> {
    const { name } = this.#what;
    this.#write("types.ts", `import * as all from "${name}";\nexport const names: object = all;\n`);
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
    const shared = { target: "es2022", strict: true, noEmit: true, types: [], skipLibCheck: false };
    for (const moduleResolution of ["nodenext", "bundler"]) {
      const module = moduleResolution === "bundler" ? "esnext" : "nodenext";
      const compilerOptions = { ...shared, module, moduleResolution };
      this.#write("tsconfig.json", { compilerOptions, files: ["types.ts"] });
      const line = ["node", tsc, "--project", "tsconfig.json"];
      const { output } = await runCommand(line, { cwd: this.directory, env: this.#env });
      const errors = output
        .split("\n")
        .filter((text) => /^types\.ts|@elbo[/+].*error TS/.test(text));
      if (errors.length > 0) throw new Error(`${moduleResolution}:\n${errors.join("\n")}`);
    }
  }

  /**
   * Installs what the package's README says its example needs, and no more.
   */
  async installForExample(): Promise<void> {
    const others = packagesToInstall(this.#readme()).filter((name) => name !== this.#what.name);
    if (others.length > 0) await this.#install(others);
  }

  /**
   * Runs the example of the package's README.
   *
   * @returns what it printed, warnings included
   */
  async runExample(): Promise<string> {
    this.#write("example.js", await readmeExample(this.#installed()));
    return this.#run(["node", "example.js"]);
  }

  /** Takes the native library away, or leaves one that does not load. */
  damageNativeRuntime(how: "missing" | "unusable"): void {
    const folder = join(this.directory, "node_modules", "@elbo", "jit", "native", "built");
    for (const file of readdirSync(folder).filter((name) => name.endsWith(".node"))) {
      if (how === "missing") rmSync(join(folder, file));
      else writeFileSync(join(folder, file), "no library");
    }
  }

  /** Removes the project from disk. */
  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  #installed(): string {
    return join(this.directory, "node_modules", this.#what.name);
  }

  /** The README as packed, which somebody reads before anything is installed. */
  #readme(): string {
    const packed = this.#around.packages.find(({ name }) => name === this.#what.name);
    return packed === undefined ? "" : readFileSync(join(packed.directory, "README.md"), "utf8");
  }

  /** Adds packages to what the project depends on. */
  async #install(names: readonly string[]): Promise<void> {
    const { manager, scripts } = this.#what;
    for (const name of names) this.#wanted.add(name);
    const files = this.#tarballs();
    const direct = [...this.#wanted].map((name) => [name, files[name] ?? "latest"]);
    const indirect = Object.entries(files).filter(([name]) => !this.#wanted.has(name));
    const overrides: unknown = Object.fromEntries(indirect);
    this.#write("package.json", {
      name: "consumer",
      private: true,
      type: "module",
      dependencies: Object.fromEntries(direct) as unknown,
      overrides,
    });
    // JSON is YAML. pnpm holds young packages back, and these are seconds old.
    this.#write("pnpm-workspace.yaml", {
      overrides,
      minimumReleaseAge: 0,
      // Without a decision pnpm refuses install scripts: there are none.
      ...(scripts ? { dangerouslyAllowAllBuilds: true } : {}),
    });
    // pnpm has been told in its file already.
    const flags = scripts || manager === "pnpm" ? [] : ["--ignore-scripts"];
    const quiet = manager === "npm" ? ["--no-audit", "--no-fund"] : ["--no-frozen-lockfile"];
    await this.#run([manager, "install", ...flags, ...quiet]);
  }

  /** The tarballs of the packages that are wanted and of all elbo packages that they need, as `file:` specifiers. */
  #tarballs(): Record<string, string> {
    const { source } = this.#what;
    if (source === "registry") return {};
    const found: Record<string, string> = {};
    const visit = (wanted: string): void => {
      const entry = this.#around.packages.find((candidate) => candidate.name === wanted);
      if (entry === undefined || found[wanted] !== undefined) return;
      found[wanted] = `file:${entry.tarball}`;
      const manifest = readFileSync(join(entry.directory, "package.json"), "utf8");
      const { dependencies } = JSON.parse(manifest) as { dependencies?: Record<string, string> };
      Object.keys(dependencies ?? {}).forEach(visit);
    };
    this.#wanted.forEach(visit);
    return found;
  }

  #write(path: string, content: string | object): void {
    const text = typeof content === "string" ? content : JSON.stringify(content, null, 2);
    writeFileSync(join(this.directory, path), text);
  }

  async #run(line: string[]): Promise<string> {
    const { output } = await mustRun(line, { cwd: this.directory, env: this.#env, timeout: 300 });
    return output;
  }
}

/**
 * The folder of the `node` command of a major version, fetched as a package where this process runs another one.
 *
 * @throws Error when that Node cannot be had
 */
export async function findNode(major: number): Promise<string> {
  const line = ["-p", "require('path').dirname(process.execPath)"];
  if (Number(process.versions.node.split(".")[0]) === major) {
    return (await mustRun([process.execPath, ...line])).stdout.trim();
  }
  const result = await runCommand(["npx", "-y", "-p", `node@${major}`, "node", ...line]);
  if (result.code !== 0) throw new Error(`findNode: Node ${major} must be had\n${result.output}`);
  return result.stdout.trim();
}
