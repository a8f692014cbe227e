import { readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { emptyFolder } from "./emptyFolder.ts";

/** Options of {@link runReadmeExample}. */
export interface ReadmeExampleOptions {
  /** `import.meta.url` of a test in the package's `test` folder. */
  readonly url: string;
  /** The README, relative to `url`; default the package's. */
  readonly readme?: string;
  /** Which of its examples, default 0. */
  readonly example?: number;
  /** Texts of the example to be replaced before it runs, such as a number of epochs; each must be there. */
  readonly replace?: Readonly<Record<string, string>>;
}

/**
 * Runs a TypeScript example of a package's README; whatever it writes under `runs/` lands in a folder that goes away
 * with the test.
 *
 * @returns the example's exports
 * @throws Error when there is no example, a text to be replaced is missing, or the example throws
 */
export async function runReadmeExample({
  url,
  readme: path = "../README.md",
  example = 0,
  replace = {},
}: ReadmeExampleOptions): Promise<Record<string, unknown>> {
  const readme = await readFile(fileURLToPath(new URL(path, url)), "utf8");
  let code = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].at(example)?.[1];
  if (code === undefined)
    throw new Error(`runReadmeExample: README.md has no \`\`\`ts example ${example}`);
  for (const [from, to] of Object.entries(replace)) {
    if (!code.includes(from)) throw new Error(`runReadmeExample: the example has no "${from}"`);
    code = code.replaceAll(from, to);
  }
  const directory = await emptyFolder();
  // A module of the same address would be the one that was imported before.
  const page = path.replaceAll(/[^\w-]/g, "_");
  // Beside the tests, so that the package's own dependencies resolve and TypeScript is understood.
  const file = fileURLToPath(
    new URL(`./readmeExample.${process.pid}.${page}.${example}.tmp.ts`, url),
  );
  try {
    // Backslashes, which Windows has in paths, would be escapes.
    const runs = directory.replaceAll("\\", "/");
    await writeFile(file, code.replaceAll('"runs/', `"${runs}/`));
    return (await import(/* @vite-ignore */ pathToFileURL(file).href)) as Record<string, unknown>;
  } finally {
    await rm(file, { force: true });
  }
}
