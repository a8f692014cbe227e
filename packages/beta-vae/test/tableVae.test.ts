import { adam, tableRows, train } from "@elbo/core";
import type { TableColumn } from "@elbo/core";
import { fromTable } from "@elbo/datasets";
import { digest, emptyFolder } from "@elbo/test-utils";
import { describeOptions } from "@elbo/core";
import { describe, expect, test } from "vitest";
import { loadTableVae, tableVae, tableVaeTable } from "../src/index.ts";

const text = [
  "height (cm),smoker,town,grade",
  ...Array.from({ length: 60 }, (_, i) => {
    const town = ["Oslo", "Rome", "", "Lima"][i % 4];
    return `${String(150 + ((i * 37) % 50))},${i % 3 === 0 ? "yes" : "no"},${town},${String(i % 5)}`;
  }),
].join("\n");
const read = () =>
  fromTable(new TextEncoder().encode(text), { testFraction: 0, kinds: { grade: "ordinal" } });

describe("a VAE of a table", () => {
  test("keeps names of columns and categories, means and deviations in its file", async () => {
    const { columns, train: rows } = await read();
    const model = tableVae({ columns, latent: 2, network: { kind: "mlp", hidden: [8] }, seed: 1 });
    await train(model, rows, { epochs: 3, batchSize: 20, validation: 0, progress: "silent" });
    const directory = await emptyFolder();
    await model.save(directory);
    const again = await loadTableVae(directory);
    expect(again.tableColumns).toEqual(columns);
    expect(digest(await again.readWeights())).toBe(digest(await model.readWeights()));
    const weights = await again.readWeights();
    const heights = Array.from(rows["height (cm)"].data);
    const mean = heights.reduce((sum, value) => sum + value, 0) / heights.length;
    expect(weights["likelihood/height (cm)/shift"].data[0]).toBeCloseTo(mean, 3);
    const samples = await again.sample(5, { draw: true, seed: 3 });
    expect(samples).toEqual(await model.sample(5, { draw: true, seed: 3 }));
    const table = tableRows(again.tableColumns, samples);
    expect(Object.keys(table[0])).toEqual(["height (cm)", "smoker", "town", "grade"]);
    expect(["yes", "no"]).toContain(table[0]["smoker"]);
    expect(["Lima", "Oslo", "Rome"]).toContain(table[0]["town"]);
    model.dispose();
    again.dispose();
  });

  test("counts what it draws, and imputes the mean count of rows of the same kind", async () => {
    const lines = Array.from({ length: 400 }, (_, i) => {
      const isOften = i % 2 === 0;
      const visits = (isOften ? 20 : 2) + ((i * 7) % 5) - 2;
      return `${isOften ? "often" : "seldom"},${i % 10 < 2 ? "" : String(visits)}`;
    });
    const { columns, train: rows } = await fromTable(
      new TextEncoder().encode(["kind,visits", ...lines].join("\n")),
      { testFraction: 0, kinds: { visits: "count" } },
    );
    expect(columns[1]).toEqual({ name: "visits", kind: "count", missing: true });
    const model = tableVae({ columns, latent: 1, network: { kind: "mlp", hidden: [16] }, seed: 1 });
    await train(model, rows, {
      steps: 400,
      batchSize: 50,
      optimizer: adam({ learningRate: 0.01 }),
      validation: 0,
      progress: "silent",
    });
    const directory = await emptyFolder();
    await model.save(directory);
    const again = await loadTableVae(directory);
    const { visits } = await again.impute(rows);
    expect(digest({ visits })).toBe(digest({ visits: (await model.impute(rows))["visits"] }));
    // Far from the mean of all, 11.
    expect(Math.abs(visits.data[0] - 20)).toBeLessThan(3);
    expect(Math.abs(visits.data[1] - 2)).toBeLessThan(3);
    const drawn = await again.sample(200, { draw: true, seed: 3 });
    const counts = Array.from(drawn["visits"].data);
    expect(counts.every((count) => Number.isInteger(count) && count >= 0)).toBe(true);
    const mean = counts.reduce((sum, count) => sum + count, 0) / 200;
    expect(Math.abs(mean - 11)).toBeLessThan(3);
    model.dispose();
    again.dispose();
  });

  test("fills missing cells in with categories that there are", async () => {
    const { columns, train: rows } = await read();
    const model = tableVae({ columns, latent: 2, network: { kind: "mlp", hidden: [8] } });
    await train(model, rows, { epochs: 1, batchSize: 20, validation: 0, progress: "silent" });
    const filled = tableRows(columns, await model.impute(rows));
    const given = tableRows(columns, rows);
    for (const [i, { town }] of given.entries()) {
      if (town === null) expect(["Lima", "Oslo", "Rome"]).toContain(filled[i]["town"]);
      else expect(filled[i]["town"]).toBe(town);
    }
    model.dispose();
  });

  test("refuses columns that are none, and options that it does not know", () => {
    expect(() => tableVae({ columns: [] as TableColumn[], latent: 2 })).toThrow(
      "tableVae: columns must be a list of at least one",
    );
    const columns: TableColumn[] = [{ name: "a", kind: "real" }];
    expect(() => tableVae({ columns, latent: 0 })).toThrow("tableVae: latent must be");
    expect(describeOptions(tableVaeTable).map(({ name }) => name)).toContain("columns");
  });
});
