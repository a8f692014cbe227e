import { relative, resolve } from "node:path";
import { reasonOf } from "@elbo/common";
import { protocolOf } from "../configuration/configuration.ts";
import { Refusal } from "../refusal.ts";
import { formatDuration, joinWords } from "../results/format.ts";
import { describeAll, terminalTable } from "../results/table.ts";
import { writeReport } from "../report/writeReport.ts";
import { elboVersion } from "./environment.ts";
import { createProgress } from "./progress.ts";
import { openStore } from "./store.ts";
import type { Configuration } from "../configuration/configuration.ts";
import type { RunRequest } from "../configuration/parse.ts";
import type { ModelCase } from "../models/modelCase.ts";
import type { Divergence, SeedResult } from "../results/schema.ts";
import type { Writer } from "../writer.ts";
import type { BenchData, loadData } from "./data.ts";
import type { Progress, Unit } from "./progress.ts";
import type { Store } from "./store.ts";
import type { TrainUnit, UnitOutcome } from "./unit.ts";

/** What a comparison needs besides its request. */
export interface RunAround {
  readonly writer: Writer;
  /** Aborted to stop after the step in progress. */
  readonly signal: AbortSignal;
  /** The models that exist. */
  readonly cases: readonly ModelCase[];
  readonly load: typeof loadData;
  readonly trainUnit: TrainUnit;
}

/** How a comparison ended; "diverged" when it is complete but for trainings that diverged. */
export type RunOutcome = "finished" | "stopped" | "diverged";

interface PlannedUnit extends Unit {
  readonly modelCase: ModelCase;
}

/** A comparison that is under way. */
interface RunInProgress extends RunAround {
  readonly request: RunRequest;
  readonly data: BenchData;
  readonly store: Store;
}

interface Gathered {
  readonly results: readonly SeedResult[];
  readonly diverged: readonly Divergence[];
}

/**
 * Trains and measures every model with every seed, skips what is finished, and writes the report.
 *
 * @param request configuration and folder
 * @param around what it works with
 * @throws Refusal when the data do not fit the models or the folder holds another comparison
 */
export async function runBench(request: RunRequest, around: RunAround): Promise<RunOutcome> {
  const { configuration, out } = request;
  const { writer, signal } = around;
  const cases = configuration.models.map((name) => caseNamed(around.cases, name));
  const data = await around.load(configuration, { writer, signal });
  checkData(configuration.dataset, data, cases);
  checkModels(configuration, data, cases);
  const protocol = { ...protocolOf(configuration), elbo: elboVersion() };
  const store = await openStore(out, protocol, { isFresh: request.isFresh });
  const started = performance.now();
  writer.line(announce(request, data, cases));
  const units = planUnits(cases, configuration.seeds);
  const gathered = await trainAll(units, { ...around, data, store, request });
  if (gathered === undefined) {
    writer.line(
      `Stopped. The same command continues from the last step (finished trainings and the checkpoint are in ${shownPath(out)}).`,
    );
    return "stopped";
  }
  const all = await writeReport({ configuration, cases, data, store, ...gathered });
  for (const line of ["", terminalTable(all), "", ...describeAll(all), ""]) writer.line(line);
  writer.line(
    `Finished in ${formatDuration((performance.now() - started) / 1000)}. Open ${shownPath(resolve(out, "report.html"))}; beside it are results.json, table.md and pictures/.`,
  );
  return gathered.diverged.length > 0 ? "diverged" : "finished";
}

function caseNamed(cases: readonly ModelCase[], name: string): ModelCase {
  const found = cases.find((modelCase) => modelCase.name === name);
  if (found === undefined) throw new Error(`internal: no model ${name}`);
  return found;
}

function planUnits(cases: readonly ModelCase[], seeds: readonly number[]): PlannedUnit[] {
  const pairs = seeds.flatMap((seed) => cases.map((modelCase) => ({ seed, modelCase })));
  return pairs.map(({ seed, modelCase }, index) => ({
    number: index + 1,
    total: pairs.length,
    title: modelCase.title,
    seed,
    modelCase,
  }));
}

/** Undefined when it was stopped before all was done. */
async function trainAll(
  units: readonly PlannedUnit[],
  run: RunInProgress,
): Promise<Gathered | undefined> {
  const progress = createProgress(run.writer);
  const results: SeedResult[] = [];
  const diverged: Divergence[] = [];
  for (const unit of units) {
    const { modelCase, seed } = unit;
    const stored = run.store.readUnit(modelCase.name, seed);
    if (stored !== undefined) {
      progress.unitKept(unit);
      results.push(stored);
      continue;
    }
    if (run.signal.aborted) return undefined;
    const outcome = await trainOne(unit, run, progress);
    if (outcome.kind === "stopped") return undefined;
    if (outcome.kind === "finished") results.push(outcome.result);
    else
      diverged.push({
        model: modelCase.name,
        title: modelCase.title,
        seed,
        message: outcome.message,
      });
  }
  return { results, diverged };
}

async function trainOne(
  unit: PlannedUnit,
  { request, data, store, signal, trainUnit }: RunInProgress,
  progress: Progress,
): Promise<UnitOutcome> {
  progress.unitStarted(unit);
  const outcome = await trainUnit({
    modelCase: unit.modelCase,
    protocol: protocolOf(request.configuration),
    data,
    seed: unit.seed,
    store,
    signal,
    moved: (state) => {
      progress.unitMoved(unit, state);
    },
    busy: (work) => {
      progress.unitBusy(unit, work);
    },
  });
  if (outcome.kind === "finished") progress.unitFinished(unit, outcome.result);
  if (outcome.kind === "diverged") progress.unitDiverged(unit, outcome.message);
  return outcome;
}

function checkData(dataset: string, data: BenchData, cases: readonly ModelCase[]): void {
  if (data.classes > 0) return;
  const needy = cases.filter((modelCase) => modelCase.needsLabels).map(({ name }) => name);
  if (needy.length > 0)
    throw new Refusal(
      `bench run: --dataset must have labels for ${joinWords(needy)}, got ${dataset}`,
    );
}

/** Builds every model once, so that a protocol that fits one of them badly is refused before any of them trains. */
function checkModels(
  configuration: Configuration,
  data: BenchData,
  cases: readonly ModelCase[],
): void {
  const [seed] = configuration.seeds;
  const setting = {
    protocol: protocolOf(configuration),
    image: data.image,
    classes: data.classes,
    seed,
  };
  for (const modelCase of cases) {
    try {
      modelCase.create(setting).dispose();
    } catch (error) {
      throw new Refusal(
        `bench run: configuration must suit ${modelCase.title}, got ${reasonOf(error)}`,
        { cause: error },
      );
    }
  }
}

function announce(request: RunRequest, data: BenchData, cases: readonly ModelCase[]): string {
  const { dataset, epochs, seeds, network, widths } = request.configuration;
  const count = cases.length * seeds.length;
  return (
    `Comparing ${joinWords(cases.map(({ title }) => title))} on ${dataset} (${data.train.shape[0]} training, ${data.test.shape[0]} test images): ` +
    `${count} ${count === 1 ? "training" : "trainings"} of ${epochs} ${epochs === 1 ? "epoch" : "epochs"}, ${network} networks of widths ${widths.join(", ")}.`
  );
}

function shownPath(path: string): string {
  const near = relative(process.cwd(), path);
  return near.startsWith("..") ? path : near || ".";
}
