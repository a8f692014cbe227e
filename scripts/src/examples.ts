import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The `package.json` of a project in `examples/`. */
export interface ExampleManifest {
  /** Name of the folder. */
  readonly name: string;
  /** The `package.json`, absolute. */
  readonly file: string;
  /** The ranges of elbo packages that it asks for. */
  readonly ranges: Readonly<Record<string, string>>;
}

/** The examples of a checkout, by name. */
export function exampleManifests(checkout: string): ExampleManifest[] {
  const folder = join(checkout, "examples");
  return readdirSync(folder)
    .map((name) => ({ name, file: join(folder, name, "package.json") }))
    .filter(({ file }) => existsSync(file))
    .map(({ name, file }) => ({ name, file, ranges: elboRanges(file) }));
}

function elboRanges(file: string): Record<string, string> {
  const { dependencies = {} } = JSON.parse(readFileSync(file, "utf8")) as {
    dependencies?: Record<string, string>;
  };
  return Object.fromEntries(Object.entries(dependencies).filter(([key]) => /^@elbo\//.test(key)));
}
