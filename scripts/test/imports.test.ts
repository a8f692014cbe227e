import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  circlesIn,
  packageArrows,
  rooms,
  wrongPackageArrows,
  wrongRoomArrows,
} from "../src/house.ts";
import { circlesOf, importsOf, readSources } from "../src/imports.ts";
import { root } from "../src/workspace.ts";

const folders = Object.keys(packageArrows).filter((folder) => existsSync(join(root, folder)));

describe("the house", () => {
  it("has an entry for every folder of the workspace", () => {
    const found = ["packages", "apps"].flatMap((parent) =>
      readdirSync(join(root, parent), { withFileTypes: true })
        .filter((entry) => existsSync(join(root, parent, entry.name, "package.json")))
        .map((entry) => `${parent}/${entry.name}`),
    );
    expect([...folders].sort()).toEqual(expect.arrayContaining(found.sort()));
  });

  it("has no arrow between packages that its table does not have", () => {
    expect(wrongPackageArrows(root)).toEqual([]);
  });

  it.each(folders)("%s imports only along its arrows", (folder) => {
    expect(readSources(root, `${folder}/src`).length).toBeGreaterThan(0);
    expect(wrongRoomArrows(root, folder)).toEqual([]);
  });

  it.each(folders)("%s has no circle of files", (folder) => {
    expect(circlesIn(root, folder)).toEqual([]);
  });

  it.each(Object.entries(rooms))("every room of %s in the table exists", (folder, table) => {
    const there = readdirSync(join(root, folder, "src")).map((name) => name.replace(/\.ts$/, ""));
    expect(table.flat().filter((room) => !there.includes(room))).toEqual([]);
  });
});

describe("the reader of imports", () => {
  it("sees static imports, types, re-exports and dynamic imports, and no comments", () => {
    const text = `
      import * as a from "a"; import type { B } from "./b.ts"; import "./c.ts";
      export { d } from "./d.ts"; export type { E } from "e/sub";
      // import "commented"
      const text = 'import "quoted"'; const later = await import("./f.ts");
    `;
    expect(importsOf(text)).toEqual(["a", "./b.ts", "./c.ts", "./d.ts", "e/sub", "./f.ts"]);
  });

  it("finds circles of two, of three and of one, and none in a tree", () => {
    const circles = (edges: Record<string, string[]>): string[][] =>
      circlesOf(new Map(Object.entries(edges))).sort();
    expect(circles({ a: ["b", "c"], b: ["d"], c: ["d"], d: [] })).toEqual([]);
    expect(circles({ a: ["b"], b: ["a"], c: ["c"] })).toEqual([["a", "b"], ["c"]]);
    expect(circles({ a: ["b"], b: ["c"], c: ["a", "d"], d: ["e"], e: [] })).toEqual([
      ["a", "b", "c"],
    ]);
  });

  it("refuses a wrong arrow, a wrong room and a circle that are planted", () => {
    const base = mkdtempSync(join(tmpdir(), "elbo-house-"));
    const write = (path: string, text: string): void => {
      mkdirSync(dirname(join(base, path)), { recursive: true });
      writeFileSync(join(base, path), text);
    };
    write("packages/core/src/random/random.ts", 'import "../json.ts"; import "../step/a.ts";');
    write("packages/core/src/json.ts", 'import "@elbo/beta-vae";');
    write("packages/core/src/step/a.ts", 'import "./b.ts"; import "../random/random.ts";');
    write("packages/core/src/step/b.ts", 'import type { A } from "./a.ts";');
    write("packages/core/src/attic/x.ts", "");
    expect(wrongPackageArrows(base)).toEqual(["packages/core/src/json.ts imports @elbo/beta-vae"]);
    expect(wrongRoomArrows(base, "packages/core")).toEqual([
      "packages/core/src/attic/x.ts: no room attic",
      "packages/core/src/random/random.ts (random) imports packages/core/src/json.ts (json)",
      "packages/core/src/random/random.ts (random) imports packages/core/src/step/a.ts (step)",
    ]);
    expect(circlesIn(base, "packages/core")).toEqual([
      [
        "packages/core/src/random/random.ts",
        "packages/core/src/step/a.ts",
        "packages/core/src/step/b.ts",
      ],
    ]);
    rmSync(base, { recursive: true });
  });
});
