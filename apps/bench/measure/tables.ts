/**
 * How like real tables those are that `tableVae` draws: distances of columns and of correlations beside those of two halves of the real
 * table, and the accuracy on real rows of a linear classifier that was fitted on synthetic ones, beside that of one fitted on real ones.
 *
 * `node --conditions=@elbo/source --import ./scripts/typescript.mjs apps/bench/measure/tables.ts [--seeds 5] [--only wine]`
 *
 * The tables are those of examples/table. Each seed divides the rows anew (30 % are held out) and trains anew; figures are means over seeds
 * with their standard errors. Results are recorded in docs/guide/tables.md.
 */
import { tableVae } from "@elbo/beta-vae";
import { linearProbe, tableFidelity, train } from "@elbo/core";
import { fromTable } from "@elbo/datasets";
import type { TableColumn, TableSplit } from "@elbo/datasets";
import { commandLine, seedsTo } from "./support/commandLine.ts";
import { withError } from "./support/record.ts";
import type { Figures } from "./support/record.ts";

const given = commandLine({ seeds: 5, only: "" });

const tables = [
  { file: "wine.csv", label: "cultivar", latent: 6, epochs: 600 },
  { file: "breast-cancer.csv", label: "diagnosis", latent: 10, epochs: 300 },
].filter(({ file }) => file.includes(given.only));

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

async function measure(table: (typeof tables)[number], seed: number): Promise<Figures> {
  const file = new URL(`../../../examples/table/${table.file}`, import.meta.url);
  const { columns, train: rows, test } = await fromTable(file, { testFraction: 0.3, seed });
  const model = tableVae({
    columns,
    latent: table.latent,
    network: { kind: "mlp", hidden: [64, 64] },
    seed,
  });
  await train(model, rows, {
    epochs: table.epochs,
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
  for (const seed of seedsTo(given.seeds)) runs.push(await measure(table, seed));
  process.stdout.write(`${table.file}, ${given.seeds} seeds\n`);
  for (const name of Object.keys(runs[0])) {
    const all = runs.map((run) => run[name]);
    process.stdout.write(`  ${name.padEnd(32)} ${withError(all, 4)}\n`);
  }
}
