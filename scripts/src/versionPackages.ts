/**
 * `pnpm version-packages`: applies the changesets that wait. Packages, their CHANGELOGs, the lockfile and the examples,
 * which ask for released versions, move together.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { mustRun, withPath } from "./command.ts";
import { exampleManifests } from "./examples.ts";
import { publicPackages, root } from "./workspace.ts";

const onOutput = (text: string): void => void process.stdout.write(text);
const env = withPath();
await mustRun(["changeset", "version"], { env, onOutput });
const [{ version } = { version: "" }] = publicPackages();
for (const { file } of exampleManifests(root)) {
  const text = readFileSync(file, "utf8");
  writeFileSync(file, text.replace(/("@elbo\/[^"]+": ")\^[^"]+"/g, `$1^${version}"`));
}
await mustRun(["pnpm", "install", "--lockfile-only"], { env, onOutput });
