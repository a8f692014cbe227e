/**
 * How like real tables those are that `tableVae` draws: distances of columns and of correlations beside those of two halves of the real
 * table, and the accuracy on real rows of a linear classifier that was fitted on synthetic ones, beside that of one fitted on real ones.
 *
 * `node --conditions=@elbo/source --import ./scripts/typescript.mjs apps/bench/measure/tables.ts [--seeds 5] [--only wine]`
 *
 * The tables are those of examples/table. Each seed divides the rows anew (30 % are held out) and trains anew; figures are means over seeds
 * with their standard errors. Results are recorded in docs/guide/tables.md.
 */
import { parseArgs } from "node:util";
import { tableVae } from "@elbo/beta-vae";
import { linearProbe, tableFidelity, train } from "@elbo/core";
import { fromTable } from "@elbo/datasets";
import type { TableColumn, TableSplit } from "@elbo/datasets";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "5" },
    only: { type: "string", default: "" },
    latent: { type: "string" },
    hidden: { type: "string" },
    epochs: { type: "string" },
    rate: { type: "string" },
  },
});

const tables = [
  { file: "wine.csv", label: "cultivar", latent: 6, epochs: 600 },
  { file: "breast-cancer.csv", label: "diagnosis", latent: 10, epochs: 300 },
].filter(({ file }) => file.includes(values.only));

/** Features of a linear classifier, and the classes that it is to tell. */
function labelled(columns: readonly TableColumn[], cells: TableSplit, label: string) {
  const names = columns.map(({ name }) => name).filter((name) => name !== label);
  const rows = cells[label].data.length;
  const data = Float64Array.from({ length: rows * names.length }, (_, i) => {
    return cells[names[i % names.length]].data[Math.floor(i / names.length)];
  });
  return {
    features: { data, shape: [rows, names.length] },
    labels: Int32Array.from(cells[label].data),
  };
}

type Figures = Readonly<Record<string, number>>;

async function measure(table: (typeof tables)[number], seed: number): Promise<Figures> {
  const file = new URL(`../../../examples/table/${table.file}`, import.meta.url);
  const { columns, train: rows, test } = await fromTable(file, { testFraction: 0.3, seed });
  const model = tableVae({
    columns,
    latent: Number(values.latent ?? table.latent),
    network: { kind: "mlp", hidden: (values.hidden ?? "64,64").split(",").map(Number) },
    seed,
  });
  await train(model, rows, {
    epochs: Number(values.epochs ?? table.epochs),
    batchSize: 32,
    validation: 0,
    progress: "silent",
  });
  const count = rows[table.label].data.length;
  const drawn = (await model.sample(count, { draw: true, seed })) as TableSplit;
  model.dispose();
  const fidelity = tableFidelity(columns, test, drawn);
  const floor = tableFidelity(columns, test, rows);
  const of = (cells: TableSplit) => labelled(columns, cells, table.label);
  const accuracy = (cells: TableSplit): number =>
    linearProbe({ train: of(cells), test: of(test) }).mean;
  return {
    "columns, synthetic": fidelity.marginals,
    "columns, real": floor.marginals,
    "correlations, synthetic": fidelity.correlations,
    "correlations, real": floor.correlations,
    "accuracy, trained on synthetic": accuracy(drawn),
    "accuracy, trained on real": accuracy(rows),
  };
}

for (const table of tables) {
  const runs: Figures[] = [];
  for (let seed = 1; seed <= Number(values.seeds); seed++) runs.push(await measure(table, seed));
  process.stdout.write(`${table.file}, ${values.seeds} seeds\n`);
  for (const name of Object.keys(runs[0])) {
    const all = runs.map((run) => run[name]);
    const mean = all.reduce((a, b) => a + b, 0) / all.length;
    const squares = all.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const error = Math.sqrt(squares / (all.length - 1) / all.length);
    process.stdout.write(`  ${name.padEnd(32)} ${mean.toFixed(4)} +- ${error.toFixed(4)}\n`);
  }
}
