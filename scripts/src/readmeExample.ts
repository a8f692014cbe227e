import { transform } from "esbuild";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The first TypeScript listing of a Markdown text: the example that a README promises to work.
 *
 * @throws Error when there is none
 */
export function firstListing(markdown: string): string {
  const listing = /^```ts\r?\n([\s\S]*?)^```/m.exec(markdown)?.[1];
  if (listing === undefined) throw new Error("firstListing: the text must hold a ```ts listing");
  return listing;
}

/** The example in a package's README as JavaScript that Node runs: the same text without its types. */
export async function readmeExample(directory: string): Promise<string> {
  const listing = firstListing(readFileSync(join(directory, "README.md"), "utf8"));
  return (await transform(listing, { loader: "ts", format: "esm", target: "node20.19" })).code;
}

/**
 * The packages that a README says to install: the arguments of its first `npm install`.
 *
 * @throws Error when it does not say
 */
export function packagesToInstall(markdown: string): string[] {
  const line = /^npm (?:i|install) (@elbo\/.*)$/m.exec(markdown)?.[1];
  if (line === undefined) {
    throw new Error("packagesToInstall: the text must say `npm install @elbo/...`");
  }
  return line.trim().split(/\s+/);
}
