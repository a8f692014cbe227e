/** What the report does in the browser. */
import { drawCharts } from "./charts.ts";
import { compareRows } from "./comparison.ts";
import { byId, readJson } from "./dom.ts";
import { startExplorer } from "./explorer.ts";
import { makeSortable } from "./sorting.ts";
import type { ExplorerData } from "../report/explorerData.ts";
import type { Chart } from "../report/charts.ts";
import type { ComparisonData } from "../report/comparison.ts";

const charts = readJson<Chart[]>("charts-data");
if (charts !== undefined) drawCharts(charts);

for (const id of ["table", "levels"]) {
  const table = byId(id);
  if (table !== undefined) makeSortable(table as HTMLTableElement);
}

const comparison = readJson<ComparisonData>("comparison-data");
if (comparison !== undefined && byId("differences") !== undefined) compareRows(comparison);

const explorer = readJson<ExplorerData>("explorer-data");
if (explorer !== undefined) void startExplorer(explorer);
