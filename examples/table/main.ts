import { writeFile } from "node:fs/promises";
import { tableFidelity, tableRows, train } from "@elbo/core";
import { tableVae } from "@elbo/beta-vae";
import { fromTable } from "@elbo/datasets";

// 1. A table: 13 columns of numbers and one of words. What each column is, is read from its cells.
const { columns, train: wines, test } = await fromTable("wine.csv", { testFraction: 0.3, seed: 1 });
console.log(columns.map(({ name, kind }) => `${name}: ${kind}`).join("\n"));

// 2. A model with a likelihood for every column; numbers are standardized by what training sees. Here cells may be missing.
const model = tableVae({
  columns: columns.map((column) => ({ ...column, missing: true })),
  latent: 6,
  seed: 1,
});
await train(model, wines, { epochs: 300, batchSize: 32, validation: 0, progress: "silent" });

// 3. New rows, with the names of columns and categories. `draw: true` draws cells; without it they would be means.
const samples = await model.sample(200, { draw: true, seed: 2 });
const rows = tableRows(model.tableColumns, samples);
await writeFile(
  "synthetic.csv",
  [Object.keys(rows[0]), ...rows.map(Object.values)].map((row) => row.join(",")).join("\n"),
);
console.log(rows[0]);

// 4. How like the real table they are, beside how like it other real rows are; 0 is equal.
console.log("synthetic", tableFidelity(columns, wines, samples));
console.log("real", tableFidelity(columns, wines, test));

// 5. Cells that are missing, filled in from the others: here the alcohol of wines that were never seen.
const real = Array.from(test["alcohol"].data);
const alcohol = { shape: [real.length], data: new Float32Array(real.length).fill(NaN) };
const filled = await model.impute({ ...test, alcohol });
const error = (guess: (i: number) => number): number =>
  Math.sqrt(real.reduce((sum, value, i) => sum + (value - guess(i)) ** 2, 0) / real.length);
const known = Array.from(wines["alcohol"].data);
const mean = known.reduce((a, b) => a + b, 0) / known.length;
console.log(
  `error of alcohol: ${error((i) => filled["alcohol"].data[i]).toFixed(2)}, by its mean ${error(() => mean).toFixed(2)}`,
);
await model.save("runs/wines");
