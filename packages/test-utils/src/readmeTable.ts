import { readFile } from "node:fs/promises";

/**
 * The rows of a README's tables whose first cell is code, `| \`name\` | ...`: those of options. Backquotes are left out.
 *
 * @param url `import.meta.url` of a test in the package's `test` folder
 */
export async function readmeOptionRows(url: string): Promise<string[][]> {
  const readme = await readFile(new URL("../README.md", url), "utf8");
  const cells = (line: string): string[] =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.replaceAll("`", "").trim());
  return readme
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map(cells);
}
