import { relative, resolve } from "node:path";
import { reasonOf } from "@elbo/common";
import { createModelOf, isTrained, modelRow, openImported } from "../models/resolve.ts";
import { coordinate } from "../queue/coordinate.ts";
import { boardLines } from "../queue/status.ts";
import { checkQueue } from "../queue/queue.ts";
import { workOnQueue } from "../queue/workQueue.ts";
import { planTrials } from "../plan/planTrials.ts";
import { Refusal } from "../refusal.ts";
import { recordResults } from "../report/record.ts";
import { writeReport } from "../report/writeReport.ts";
import { formatDuration, joinWords } from "../results/format.ts";
import { describeAll, terminalTable } from "../results/table.ts";
import { spacesIn } from "../search/space.ts";
import { elboVersion } from "./environment.ts";
import { givenUpOf } from "./halving.ts";
import { divergencesOf, resultsOf } from "./outcomes.ts";
import { rowsOfPlan } from "./rows.ts";
import { openStore } from "./store.ts";
import { Worker } from "./work.ts";
import type { Configuration } from "../configuration/configuration.ts";
import type { RunRequest } from "../configuration/parse.ts";
import type { Trial } from "../plan/trial.ts";
import type { Results } from "../results/schema.ts";
import type { Writer } from "../writer.ts";
import type { BenchData } from "../data/benchData.ts";
import type { LoadAround, loadData } from "../data/loadData.ts";
import type { Store } from "./store.ts";
import type { TrainTrial } from "./trialWork.ts";
import type { Gathered } from "./work.ts";

/** What the commands of a comparison work with. */
export interface BenchContext extends LoadAround {
  readonly load: typeof loadData;
  /** Where the results are also recorded, without an ending. */
  readonly record?: string | undefined;
  readonly trainTrial: TrainTrial;
}

/** How a comparison ended; "diverged" when it is complete but for trials that diverged. */
export type RunOutcome = "finished" | "stopped" | "diverged";

/**
 * Plans a comparison, does its trials but those that are finished, and writes the report.
 *
 * @param request configuration and folder
 * @param context what it works with
 * @throws Refusal when the data do not fit the models
 */
export async function runBench(request: RunRequest, context: BenchContext): Promise<RunOutcome> {
  const { configuration, out } = request;
  const { writer } = context;
  const data = await context.load(configuration, context);
  const trials = planTrials(withContents(configuration, data), elboVersion());
  await checkTrials(trials, data);
  const store = openStore(out, { isFresh: request.isFresh });
  await store.writePlan(trials, request.command);
  const started = performance.now();
  writer.line(announce(configuration, trials, data));
  const gathered = await (request.workers === 1 && request.queue === undefined
    ? workThrough(trials, store, { ...context, data })
    : workTogether(trials, store, { ...context, ...request }));
  if (gathered === undefined) return "stopped";
  const results = await writeReport({ trials, data, store, ...gathered });
  if (context.record !== undefined) await recordResults(results, context.record);
  tell(results, writer);
  writer.line(
    `Finished in ${formatDuration((performance.now() - started) / 1000)}. Open ${shownPath(resolve(out, "report.html"))}; beside it are results.json, table.md and pictures/.`,
  );
  return outcomeOf(gathered);
}

/**
 * Writes the plan of a comparison: one trial per line of `trials.jsonl`, to be done by {@link workOnPlan}.
 *
 * @param options `isDry` writes nothing
 * @throws Refusal when the data do not fit the models
 */
export async function planBench(
  request: RunRequest,
  context: BenchContext,
  { isDry = false }: { readonly isDry?: boolean } = {},
): Promise<Trial[]> {
  const { configuration, out } = request;
  const data = await context.load(configuration, context);
  const trials = planTrials(withContents(configuration, data), elboVersion());
  await checkTrials(trials, data);
  context.writer.line(announce(configuration, trials, data));
  if (isDry) return trials;
  const store = openStore(out, { isFresh: request.isFresh });
  await store.writePlan(trials, request.command);
  const finished = trials.filter(({ id }) => store.readResult(id) !== undefined).length;
  context.writer.line(
    `Planned in ${shownPath(out)}: ${trials.length} trials, ${finished} of them finished before.`,
  );
  return trials;
}

/** Does the trials of the plan in a folder that are not finished. */
export async function workOnPlan(out: string, context: BenchContext): Promise<RunOutcome> {
  const { store, trials, data } = await openPlan(out, context);
  const gathered = await workThrough(trials, store, { ...context, data });
  if (gathered === undefined) return "stopped";
  context.writer.line(`All ${gathered.results.length} trials of the plan are finished.`);
  return outcomeOf(gathered);
}

/**
 * Writes the report of what is finished of the plan in a folder.
 *
 * @throws Refusal when nothing is
 */
export async function reportOnPlan(out: string, context: BenchContext): Promise<void> {
  const { store, trials, data } = await openPlan(out, context);
  const results = resultsOf(trials, store);
  if (results.length === 0)
    throw new Refusal(`bench report: --out must hold a finished trial, got ${out} with none`);
  const diverged = divergencesOf(trials, store);
  const givenUp = givenUpOf(trials, store);
  const input = { trials, data, store, results, diverged, givenUp };
  const written = await writeReport(input);
  if (context.record !== undefined) await recordResults(written, context.record);
  tell(written, context.writer);
  context.writer.line(
    `${results.length} of ${trials.length} trials are in it. Open ${shownPath(resolve(out, "report.html"))}.`,
  );
}

/** With the digest of one's own data, so that trials of others are others. */
const withContents = (configuration: Configuration, { contents }: BenchData): Configuration =>
  contents === undefined ? configuration : { ...configuration, contents };

async function openPlan(
  out: string,
  context: BenchContext,
): Promise<{ store: Store; trials: Trial[]; data: BenchData }> {
  const store = openStore(out);
  const trials = store.readPlan();
  if (trials === undefined || trials.length === 0)
    throw new Refusal(`bench: --out must hold a plan (bench plan writes one), got ${out}`);
  const version = elboVersion();
  if (trials[0].elbo !== version)
    throw new Refusal(
      `bench: the plan in ${out} must be of this version of elbo (${version}), got ${trials[0].elbo}; plan anew`,
    );
  const [{ protocol }] = trials;
  const data = await context.load(protocol, context);
  if (data.contents !== protocol.contents)
    throw new Refusal(
      `bench: the data of the plan in ${out} must still be as they were, got others in ${protocol.dataset}; plan anew`,
    );
  await checkTrials(trials, data);
  return { store, trials, data };
}

async function workThrough(
  trials: readonly Trial[],
  store: Store,
  context: BenchContext & { readonly data: BenchData },
): Promise<Gathered | undefined> {
  const gathered = await new Worker({ ...context, store }).work(trials);
  if (gathered === undefined)
    context.writer.line(
      `Stopped. The same command continues from the last step (finished trainings and the checkpoint are in ${shownPath(store.out)}).`,
    );
  return gathered;
}

/** Does the trials by several processes over a queue. */
async function workTogether(
  trials: readonly Trial[],
  store: Store,
  context: BenchContext & Pick<RunRequest, "workers" | "queue">,
): Promise<Gathered | undefined> {
  const { writer, signal, folder, workers, queue: url } = context;
  const givenUp = await coordinate({ trials, store, writer, signal, folder, workers, url });
  if (givenUp === undefined) {
    writer.line(`Stopped. The same command continues (see ${shownPath(store.out)}).`);
    return undefined;
  }
  return {
    results: resultsOf(trials, store),
    diverged: divergencesOf(trials, store),
    givenUp,
  };
}

/** Takes trials of the plan in a folder from a queue until it is stopped. */
export async function workFromQueue(
  out: string,
  url: string,
  context: BenchContext,
): Promise<void> {
  checkQueue(url, "bench work");
  const { store, trials, data } = await openPlan(out, context);
  await workOnQueue({ ...context, store, trials, data, url });
}

/** The board of the plan in a folder: what is finished, and what the queue of its last run is doing, or another. */
export async function boardOf(out: string, url: string | undefined): Promise<string[]> {
  const store = openStore(out);
  const trials = store.readPlan();
  if (trials === undefined)
    throw new Refusal(`bench status: --out must hold a plan (bench plan writes one), got ${out}`);
  return boardLines(trials, store, url ?? store.readQueue());
}

const outcomeOf = ({ diverged }: Gathered): RunOutcome =>
  diverged.length > 0 ? "diverged" : "finished";

function tell(results: Results, writer: Writer): void {
  for (const line of ["", terminalTable(results), "", ...describeAll(results), ""])
    writer.line(line);
}

/** Builds every row once, so that options that fit a model badly are refused before any of them trains. */
async function checkTrials(trials: readonly Trial[], { image, classes }: BenchData): Promise<void> {
  const rows = rowsOfPlan(trials);
  const needy = rows
    .filter(({ trial }) => modelRow(trial.model).needsLabels === true)
    .map(({ name }) => name);
  if (classes === 0 && needy.length > 0)
    throw new Refusal(
      `bench run: --dataset must have labels for ${joinWords(needy)}, got ${trials[0].protocol.dataset}`,
    );
  for (const { title, trial } of rows) {
    const { protocol, seed } = trial;
    const setting = { protocol, image, classes, seed };
    try {
      const made = isTrained(trial.model)
        ? createModelOf(trial, setting)
        : await openImported(trial, setting);
      made.dispose();
    } catch (error) {
      throw new Refusal(`bench run: configuration must suit ${title}, got ${reasonOf(error)}`, {
        cause: error,
      });
    }
  }
}

/** What a search varies: entries of the protocol, and options of rows. */
function spaceNames({ spaces, models }: Configuration): string[] {
  const ofRows = models.flatMap(({ options }) => Object.keys(spacesIn(options, "options")));
  const names = ofRows.map((name) => name.slice("options.".length));
  return [...new Set([...Object.keys(spaces), ...names])];
}

function announce(configuration: Configuration, trials: readonly Trial[], data: BenchData): string {
  const { dataset, epochs, network, widths } = configuration;
  const rows = rowsOfPlan(trials);
  const names =
    rows.length <= 8 ? joinWords(rows.map(({ title }) => title)) : `${rows.length} rows`;
  const imported = trials.filter(({ model }) => !isTrained(model)).length;
  const count = trials.length - imported;
  const spaces = spaceNames(configuration);
  const searched =
    spaces.length === 0
      ? typeof network === "string"
        ? `${network} networks of widths ${widths.join(", ")}`
        : `networks ${JSON.stringify(network)}`
      : `searched over ${joinWords(spaces)}`;
  return (
    `Comparing ${names} on ${dataset} (${data.train.shape[0]} training, ${data.test.shape[0]} test images): ` +
    `${count} ${count === 1 ? "training" : "trainings"} of ${epochs} ${epochs === 1 ? "epoch" : "epochs"}, ${searched}` +
    `${imported === 0 ? "" : `; ${imported} from ONNX files, as they are`}.`
  );
}

function shownPath(path: string): string {
  const near = relative(process.cwd(), path);
  return near.startsWith("..") ? path : near || ".";
}
