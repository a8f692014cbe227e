import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { emptyFolder } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { datasetNames } from "../src/index.ts";

const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
const packageFolder = fileURLToPath(new URL("..", import.meta.url));

test("the example runs as it is printed and its comments are true", async () => {
  const example = /```ts\n([\s\S]*?)```/u.exec(readme)?.[1] ?? "";
  expect(example).toContain("@elbo/datasets");
  // Every `expression; // value` becomes a check of that value.
  const checked = example.replace(
    /^(?:console\.log\()(.*)\); \/\/ (.*)$/gmu,
    (_, expression: string, value: string) => `check(${expression}, ${JSON.stringify(value)});`,
  );
  const { outputFiles } = await build({
    stdin: { contents: checked, loader: "ts", resolveDir: packageFolder },
    bundle: true,
    platform: "node",
    format: "esm",
    alias: { "@elbo/datasets": join(packageFolder, "src", "index.ts") },
    conditions: ["@elbo/source"],
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
    write: false,
  });
  const folder = await emptyFolder();
  const checks: (readonly [unknown, string])[] = [];
  Object.assign(globalThis, {
    check: (value: unknown, text: string) => checks.push([value, text]),
  });
  // The bundle looks for the package's files beside itself.
  const code = (outputFiles[0]?.text ?? "").replaceAll(
    "import.meta.url",
    JSON.stringify(pathToFileURL(join(packageFolder, "src", "index.ts")).href),
  );
  await writeFile(join(folder, "example.mjs"), code);
  await import(pathToFileURL(join(folder, "example.mjs")).href);
  expect(checks.length).toBeGreaterThan(3);
  for (const [value, text] of checks)
    expect(JSON.stringify(value)).toBe(text.replaceAll(", ", ","));
});

test("every set has its row in the table", () => {
  for (const name of datasetNames) expect(readme).toContain(`| \`${name}\``);
});
