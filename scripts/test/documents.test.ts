import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { exampleManifests } from "../src/examples.ts";
import { packageArrows } from "../src/house.ts";
import { publicPackages, root } from "../src/workspace.ts";

const read = (...path: string[]): string => readFileSync(join(root, ...path), "utf8");
const examples = readdirSync(join(root, "examples"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

/** Targets of the links in a Markdown text that point into the repository. */
function links(markdown: string): string[] {
  return [...markdown.matchAll(/\]\(([^)#]+)\)/g)]
    .map((match) => match[1] ?? "")
    .filter((target) => !/^[a-z]+:/.test(target));
}

describe("documents", () => {
  it.each([
    "CONTRIBUTING.md",
    "SECURITY.md",
    "README.md",
    "examples/README.md",
    "docs/coming-from-pytorch-pythae-keras.md",
    ...readdirSync(join(root, "docs/guide")).map((name) => `docs/guide/${name}`),
  ])("every path that %s links to exists", (file) => {
    const missing = links(read(file)).filter((to) => !existsSync(join(root, file, "..", to)));
    expect(missing).toEqual([]);
  });

  it("every command that CONTRIBUTING names is a script", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const built = ["install", "exec"];
    const named = [...read("CONTRIBUTING.md").matchAll(/pnpm ([a-z][a-z:-]*)/g)]
      .map((match) => match[1] ?? "")
      .filter((name) => !built.includes(name) && !(name in scripts));
    expect(named).toEqual([]);
  });

  it("the workflows call only commands that a developer calls, besides handing npm its token", () => {
    const commands = readdirSync(join(root, ".github/workflows")).flatMap((file) =>
      [...read(".github/workflows", file).matchAll(/run: (.*)/g)].map((match) => match[1]),
    );
    expect(commands.length).toBeGreaterThan(3);
    for (const command of commands)
      expect(command).toMatch(/^(bash \.ci\/run|npx |git push|sudo apt-get |echo .*_authToken)/);
  });
});

describe("the house", () => {
  it("is the table of CONTRIBUTING: every package that sources may import is listed, and no other", () => {
    const listed = [...read("CONTRIBUTING.md").matchAll(/^\| \[([\w/-]+)\]\(\1\)/gm)].map(
      (match) => match[1] ?? "",
    );
    expect(listed.filter((folder) => folder !== "examples").sort()).toEqual(
      Object.keys(packageArrows).sort(),
    );
  });
});

describe("examples", () => {
  it.each(examples)("%s has a README and asks for the versions of this commit", (name) => {
    expect(read("examples", name, "README.md")).toMatch(/npm install && npm start/);
    const ranges = exampleManifests(root).find((example) => example.name === name)?.ranges ?? {};
    const [current] = publicPackages();
    expect(Object.keys(ranges).length).toBeGreaterThan(0);
    for (const range of Object.values(ranges)) expect(range).toBe(`^${current?.version}`);
  });

  it("are all listed in the README of examples", () => {
    const listed = links(read("examples/README.md"));
    expect(listed.sort()).toEqual([...examples].sort());
  });

  it.each([
    ["vae.py", "python"],
    ["main.ts", "ts"],
  ])("the README of pytorch shows %s as it is", (file, language) => {
    const listing = `\`\`\`${language}\n${read("examples/pytorch", file)}\`\`\``;
    expect(read("examples/pytorch/README.md")).toContain(listing);
  });
});
