import { formatNumber } from "../results/format.ts";
import { contestants, oneThread } from "./contestants.ts";
import { byKernel } from "./profile.ts";
import type { ProfileRow } from "./profile.ts";
import type { Entry, Missing, PerfResults, WorkResult } from "./results.ts";
import type { JudgedTarget } from "./targets.ts";

const absent = "–";

/** What the numbers of a table mean, for its foot. */
export const notes: readonly string[] = [
  "Medians over turns A B C A B C on the same cores, each contestant in a process of its own that rests between its turns; [quartiles].",
  "Every contestant starts from the same weights and gets the same batches and noise; their results were compared before they were timed.",
  "A training step ends with the new parameters. Nobody reads its loss: elbo then does not compute that number, PyTorch is not asked for .item().",
  "First step: from the model as data to the end of its first step, compilation included, after libraries were loaded (elbo's runtime: before that end).",
  "Training end to end: from weights as data and images in memory to the trained model, elbo's compilation included, every tenth loss read; torch.compile's is not. What the trained models lose on the same images agrees within 1 %.",
  "Peak memory: of the process, after a few steps of its first work.",
];

/** Columns of texts, the first ones to the left and the others to the right, two spaces apart. */
export function alignColumns(rows: readonly (readonly string[])[], left = 1): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, i) =>
    Math.max(...rows.map((row) => row[i]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, i) => (i < left ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join("  ")
      .trimEnd(),
  );
}

const units = { train: "ms/step", encode: "ms/call", decode: "ms/call", fit: "ms/run" };

/** A work's table: one line for each contestant. */
export function workLines(result: WorkResult): string[] {
  const rows = result.entries.map((entry) => workRow(result, entry));
  const unit = units[result.kind];
  const head = [
    "",
    unit,
    "[quartiles]",
    "cpu ms",
    "images/s",
    "/ torch",
    "/ tfjs-node",
    "first step",
    "peak",
  ];
  const table = alignColumns([head, ...rows.filter((row) => row.length > 2)]);
  const others = rows
    .filter((row) => row.length <= 2)
    .map(([name, reason]) => `${name}: ${reason}`);
  return [`${result.title} (${result.work})`, ...table, ...scaling(result), ...others].map(
    (line, i) => (i === 0 ? line : `  ${line}`),
  );
}

/** What further threads bring. */
function scaling({ entries }: WorkResult): string[] {
  const [all, one] = ["native", oneThread].map(
    (name) => entries.find(({ contestant }) => contestant === name)?.ms?.median,
  );
  if (all === undefined || one === undefined) return [];
  return [`threads: ${formatNumber(one / all, 2)} times as fast as on one`];
}

function workRow(result: WorkResult, entry: Entry): string[] {
  const title = titleOf(entry.contestant);
  const { ms, cpuMs, status, firstStepMs, peakBytes, reason } = entry;
  if (status !== "timed" || ms === undefined)
    return [title, `${status}, ${reason ?? "no turn ended"}`];
  const against = (name: string): string => {
    const other = result.entries.find(({ contestant }) => contestant === name);
    return other?.status === "timed" && other.ms !== undefined
      ? formatNumber(ms.median / other.ms.median, 2)
      : absent;
  };
  return [
    title,
    formatMs(ms.median),
    `[${ms.quartiles.map(formatMs).join(", ")}]`,
    cpuMs === undefined ? absent : formatMs(cpuMs),
    formatNumber((1000 * result.images) / ms.median, 0),
    against("torch"),
    against("tfjs-node"),
    firstStepMs === undefined ? absent : `${formatNumber(firstStepMs / 1000, 2)} s`,
    peakBytes === undefined ? absent : `${formatNumber(peakBytes / 2 ** 20, 0)} MiB`,
  ];
}

const formatMs = (ms: number): string => formatNumber(ms, ms < 10 ? 3 : 1);

function titleOf(name: string): string {
  return contestants.find((contestant) => contestant.name === name)?.title ?? name;
}

/** Who could not take part, and how to change that. */
export function missingLines(missing: readonly Missing[]): string[] {
  return missing.map(
    ({ title, reason, how }) => `${title}: not installed (${reason}); to get it: ${how}`,
  );
}

/** The targets with their verdicts. */
export function targetLines(judged: readonly JudgedTarget[]): string[] {
  const rows = judged.map(({ title, limit, unit, measured, verdict }) => [
    title,
    `at most ${formatNumber(limit, 2)} ${unit}`,
    measured === undefined ? absent : formatNumber(measured, 2),
    measured === undefined || verdict === "met"
      ? verdict
      : `missed by ${formatNumber(100 * (measured / limit - 1), 0)} %`,
  ]);
  return rows.length === 0 ? [] : alignColumns([["target", "", "measured", ""], ...rows], 2);
}

/** How much of a profile is printed. */
const shownRows = 30;

/** A profile: sums by kernel, then the longest rows by kernel and sizes. */
export function profileLines(rows: readonly ProfileRow[], stepMs: number): string[] {
  const kernels = rows.reduce((sum, { ms }) => sum + ms, 0);
  const cells = (ms: number): string[] => [
    formatNumber(ms, 3),
    `${formatNumber((100 * ms) / stepMs, 1)} %`,
  ];
  const row = ({ kernel, sizes, calls, ms, operations, bytes }: ProfileRow): string[] => [
    kernel,
    sizes,
    formatNumber(calls, 0),
    ...cells(ms),
    operations > 0 ? formatNumber(operations / ms / 1e6, 0) : "",
    formatNumber(bytes / ms / 1e6, 1),
  ];
  const head = ["kernel", "sizes", "calls", "ms/step", "share", "GFLOP/s", "GB/s"];
  const sums = [
    ["kernels together", "", "", ...cells(kernels), "", ""],
    ["outside: feeds, results, waiting", "", "", ...cells(stepMs - kernels), "", ""],
  ];
  return [
    ...alignColumns([head, ...byKernel(rows).map(row), ...sums], 2),
    "",
    ...alignColumns([head, ...rows.slice(0, shownRows).map(row)], 2),
  ];
}

/** The lines that open a report: where and with what it was measured. */
export function headingLines(results: Omit<PerfResults, "works" | "missing">): string[] {
  const { machine, versions, threads, repetitions } = results;
  return [
    `${machine.cpu}, ${machine.cores} cores, ${machine.system}; ${threads} threads, ${repetitions} repetitions`,
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(", "),
  ];
}
