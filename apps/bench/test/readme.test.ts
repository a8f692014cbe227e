import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { describeOptions } from "@elbo/common";
import { presetConfiguration, tableOver } from "../src/configuration/layers.ts";
import { measures } from "../src/measures/index.ts";
import { modelRows } from "../src/models/index.ts";
import { presets } from "../src/presets/index.ts";
import { columns } from "../src/results/columns.ts";
import { datasetNames } from "@elbo/datasets";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

/** The cells of each row of the tables, without code marks and escapes. */
const rows = readme
  .split("\n")
  .filter((line) => line.startsWith("| "))
  .map((line) =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/u)
      .map((cell) => cell.replaceAll("`", "").replaceAll("\\|", "|").trim()),
  );

describe("the README", () => {
  test.each(columns.map((column) => [column.title, column] as const))(
    "defines the column %s as the report does",
    (title, { unit, definition }) => {
      expect(rows).toContainEqual([title, unit, definition]);
    },
  );

  test.each(describeOptions(tableOver(presetConfiguration("default"))))(
    "gives rule, meaning and default of the key $name of a file",
    ({ name, must, doc, default: value }) => {
      const shown = name === "models" ? "one of every family" : value;
      expect(rows).toContainEqual([name, must, doc.replaceAll("`", ""), shown]);
    },
  );

  test("names every data set and model", () => {
    for (const name of [...datasetNames, ...modelRows.map(({ name }) => name)])
      expect(readme).toContain(`\`${name}\``);
  });

  test.each(modelRows.map(({ name, options }) => [name, options] as const))(
    "gives the options of the model %s",
    (name, options) => {
      expect(readme).toContain(`| \`${name}\``);
      const row = rows.find(([first]) => first === name);
      expect(row?.[1]).toBe(
        Object.entries(options)
          .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
          .join(", "),
      );
    },
  );

  test.each(Object.entries(presets))("says what the preset %s is for", (name, { about }) => {
    expect(rows).toContainEqual([name, about]);
  });

  test.each(measures)("says which columns the measure $name gives", ({ name, figures }) => {
    expect(rows).toContainEqual([name, figures.map(({ title }) => title).join(", ")]);
  });

  test("gives the defaults", () => {
    const { epochs, seeds } = presetConfiguration("default");
    const quick = presetConfiguration("quick");
    const defaults = Object.fromEntries(rows.map((cells) => [cells[0], cells[2]]));
    expect(defaults).toMatchObject({
      "--epochs N": `${epochs}, with --quick ${quick.epochs}`,
      "--seeds LIST": `${seeds.join(",")}, with --quick ${quick.seeds.join(",")}`,
    });
  });
});
