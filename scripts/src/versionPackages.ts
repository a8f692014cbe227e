/**
 * `pnpm version-packages`: applies the changesets that wait. Packages, their CHANGELOGs, the lockfile, the version that
 * core writes into models, and the examples, which ask for released versions, move together.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mustRun, withPath } from "./command.ts";
import { exampleManifests } from "./examples.ts";
import { publicPackages, root } from "./workspace.ts";

const onOutput = (text: string): void => void process.stdout.write(text);
const env = withPath();
await mustRun(["changeset", "version"], { env, onOutput });
const [{ version } = { version: "" }] = publicPackages();

function rewrite(file: string, pattern: RegExp, by: string): void {
  writeFileSync(file, readFileSync(file, "utf8").replace(pattern, by));
}

rewrite(join(root, "packages/core/src/version.ts"), /(version = )"[^"]+"/, `$1"${version}"`);
for (const { file } of exampleManifests(root)) {
  rewrite(file, /("@elbo\/[^"]+": ")\^[^"]+"/g, `$1^${version}"`);
}
await mustRun(["pnpm", "install", "--lockfile-only"], { env, onOutput });
