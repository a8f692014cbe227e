import { writeWhole } from "@elbo/common/node";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { omit } from "../omit.ts";
import { markdownTable } from "../results/table.ts";
import type { Results } from "../results/schema.ts";

/**
 * Writes a comparison as it is kept in the repository: the table under its command as `PATH.md`, every number but curves and pictures
 * as `PATH.json`.
 *
 * @param path without an ending
 */
export async function recordResults(results: Results, path: string): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  const [heading, ...rest] = markdownTable(results).split("\n");
  const text = [heading, "", "```sh", results.command, "```", ...rest].join("\n");
  await writeWhole(`${path}.md`, text);
  const models = results.models.map((model) => ({
    ...model,
    seeds: model.seeds.map((seed) => omit(seed, "curves", "pictures")),
  }));
  const kept = { ...omit(results, "pictures"), models };
  await writeWhole(`${path}.json`, `${JSON.stringify(kept, undefined, 2)}\n`);
}
