import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { mustRun, withPath } from "./command.ts";
import { Consumer, type Surroundings } from "./consumer.ts";
import { packagesBelow } from "./diskUse.ts";

const heaviest = 4;

/**
 * Measures what installing each package with npm puts on disk, and writes the table.
 *
 * @param path Markdown file to write
 */
export async function writeSizeTable(around: Surroundings, path: string): Promise<void> {
  const rows: string[] = [];
  for (const { name, tarball } of around.packages) {
    const consumer = new Consumer(
      { name, manager: "npm", node: 20, source: "registry", scripts: false },
      around,
    );
    await consumer.install();
    const found = packagesBelow(join(consumer.directory, "node_modules"));
    const total = found.reduce((sum, { bytes }) => sum + bytes, 0);
    const largest = found
      .slice(0, heaviest)
      .map((entry) => `${entry.name} ${megabytes(entry.bytes)}`)
      .join(", ");
    const sizes = [statSync(tarball).size, total].map(megabytes).join(" | ");
    rows.push(`| \`${name}\` | ${found.length} | ${sizes} | ${largest} |`);
    consumer.remove();
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, [...heading(), ...rows, ""].join("\n"));
  await mustRun(["prettier", "--write", path], { env: withPath() });
}

function heading(): string[] {
  return [
    "# What an installation weighs",
    "",
    "Measured by `pnpm test:install --sizes` with npm on Node 20, in MB (1,000,000 bytes). One package alone, with",
    "everything that comes along; no package has an install script.",
    "",
    "| package | packages | own tarball | on disk | heaviest |",
    "| --- | ---: | ---: | ---: | --- |",
  ];
}

function megabytes(bytes: number): string {
  const value = bytes / 1e6;
  return value.toFixed(value < 0.1 ? 3 : value < 10 ? 2 : 0);
}
