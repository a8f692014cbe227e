/** The tables of wines and of breast cancers (UCI, as scikit-learn ships them; examples/table/tables.py writes the files). */
import { linearProbe, tableFidelity, train } from "@elbo/core";
import { fromTable } from "@elbo/datasets";
import type { TableColumn, TableSplit } from "@elbo/datasets";
import { expect, test } from "vitest";
import { tableVae } from "../src/index.ts";

/** Features of a linear classifier, and the classes that it is to tell. */
function labelled(columns: readonly TableColumn[], cells: TableSplit, label: string) {
  const names = columns.map(({ name }) => name).filter((name) => name !== label);
  const rows = cells[label].data.length;
  const data = Float64Array.from(
    { length: rows * names.length },
    (_, i) => cells[names[i % names.length]].data[Math.floor(i / names.length)],
  );
  const labels = Int32Array.from(cells[label].data);
  return { features: { data, shape: [rows, names.length] }, labels };
}

test.each([
  { file: "wine.csv", label: "cultivar", latent: 6, epochs: 600 },
  { file: "breast-cancer.csv", label: "diagnosis", latent: 10, epochs: 300 },
])(
  "$file: columns and correlations are like the real ones, and a classifier of synthetic rows knows real ones",
  async ({ file, label, latent, epochs }) => {
    const path = new URL(`../../../examples/table/${file}`, import.meta.url);
    const {
      columns,
      train: rows,
      test: held,
    } = await fromTable(path, { testFraction: 0.3, seed: 1 });
    const model = tableVae({ columns, latent, seed: 1 });
    await train(model, rows, { epochs, batchSize: 32, validation: 0, progress: "silent" });
    const count = rows[label].data.length;
    const drawn = (await model.sample(count, { draw: true, seed: 1 })) as TableSplit;
    model.dispose();
    const { marginals, correlations } = tableFidelity(columns, rows, drawn);
    expect(marginals).toBeLessThan(0.15);
    expect(correlations).toBeLessThan(0.15);
    const of = (cells: TableSplit) => labelled(columns, cells, label);
    const real = linearProbe({ train: of(rows), test: of(held) }).mean;
    const synthetic = linearProbe({ train: of(drawn), test: of(held) }).mean;
    expect(synthetic).toBeGreaterThan(real - 0.06);
  },
);
