import { Command } from "commander";
import { quietTensorflow } from "@elbo/jit";
import { configurationTable } from "../configuration/configuration.ts";
import { parseRunArguments } from "../configuration/parse.ts";
import { presets } from "../presets/index.ts";
import { loadData } from "../data/loadData.ts";
import { estimateSeconds } from "../run/estimate.ts";
import {
  boardOf,
  planBench,
  reportOnPlan,
  runBench,
  workFromQueue,
  workOnPlan,
} from "../run/runBench.ts";
import { isTrained } from "../models/resolve.ts";
import { trainTrial } from "../run/trainTrial.ts";
import { formatDuration } from "../results/format.ts";
import type { RunArguments } from "../configuration/parse.ts";
import type { BenchContext, RunOutcome } from "../run/runBench.ts";
import type { CommandAround } from "./command.ts";

const contextOf = (around: CommandAround, { folder, record }: Places): BenchContext => ({
  ...around,
  folder,
  record,
  load: loadData,
  trainTrial,
});

/** Where things are on this machine, which is no part of what is compared. */
interface Places {
  /** The files of a published set. */
  readonly folder?: string;
  /** Where results are also recorded. */
  readonly record?: string;
}

const recordWords = "also write table and numbers to PATH.md and PATH.json, to be kept";

const presetList = (): string =>
  Object.entries(presets)
    .map(([name, { about }]) => `${name} (${about})`)
    .join(", ");

function end(around: CommandAround, outcome: RunOutcome): void {
  if (outcome === "stopped") around.exit(130);
  if (outcome === "diverged") around.exit(1);
}

/** The options that say what is compared; `run` and `plan` have them. */
function withComparison(command: Command): Command {
  const table = configurationTable();
  const about = (key: "dataset" | "models" | "epochs" | "seeds" | "measures"): string =>
    `${table[key].doc}: ${table[key].rule.must}`;
  return command
    .option("--preset <name>", `${presetList()}; default without it`)
    .option("--dataset <name>", about("dataset"))
    .option(
      "--data <path>",
      "one's own data: a folder of images or IDX files, a .npy, .npz or .csv file",
    )
    .option("--folder <dir>", "folder that holds the files of the set")
    .option("--models <a,b>", about("models"))
    .option("--epochs <n>", about("epochs"))
    .option("--seeds <a,b>", about("seeds"))
    .option("--measures <a,b>", about("measures"))
    .option("--config <file>", "JSON file with these and the further entries of the README")
    .option(
      "--out <dir>",
      "folder of the results (default: runs/bench, with another preset runs/bench-NAME)",
    )
    .option("--quick", "the same as --preset quick")
    .option("--fresh", "discard what an earlier run left in that folder")
    .option("--record <path>", recordWords);
}

/**
 * The command `run`: plans, trains, compares and reports.
 *
 * @param around what a command works with
 */
export function runCommand(around: CommandAround): Command {
  return withComparison(new Command("run"))
    .option("--workers <n>", "processes that share the trials over a queue (default: 1)")
    .option(
      "--queue <url>",
      "a queue for workers of many machines, redis://... or postgres://...; without --workers none works here",
    )
    .description(
      "Train several models under one protocol, measure them on held-out images, and write a report.",
    )
    .action(async (args: RunArguments & Places) => {
      quietTensorflow();
      end(around, await runBench(parseRunArguments(args), contextOf(around, args)));
    });
}

/**
 * The command `plan`: writes the trials that `work` does.
 *
 * @param around what a command works with
 */
export function planCommand(around: CommandAround): Command {
  return withComparison(new Command("plan"))
    .description("Write the trials of a comparison, one per line, for `work` to do.")
    .option("--dry-run", "show the trials and how long they would take, and write nothing")
    .action(async (args: RunArguments & Places & { readonly dryRun?: boolean }) => {
      quietTensorflow();
      const request = parseRunArguments(args);
      const trials = await planBench(request, contextOf(around, args), {
        isDry: args.dryRun === true,
      });
      if (args.dryRun !== true) return;
      for (const { id, title, seed } of trials) around.writer.line(`${id}  ${title}, seed ${seed}`);
      const data = await loadData(request.configuration, { ...around, folder: args.folder });
      const seconds = await estimateSeconds(trials, data);
      const trained = trials.filter(({ model }) => isTrained(model)).length;
      around.writer.line(
        `${trained} trials would train for about ${formatDuration(seconds)} here, going by some steps of each; measuring and drawing come on top.`,
      );
    });
}

/**
 * The command `work`: does the trials of a plan.
 *
 * @param around what a command works with
 */
export function workCommand(around: CommandAround): Command {
  return new Command("work")
    .description(
      "Do the trials of the plan in a folder that are not finished, or with a queue those that it gives until stopped.",
    )
    .option("--out <dir>", "folder of the plan", "runs/bench")
    .option("--folder <dir>", "folder that holds the files of the set")
    .option("--queue <url>", "take trials from a queue, redis://... or postgres://...")
    .action(
      async ({
        out,
        queue,
        ...places
      }: { readonly out: string; readonly queue?: string } & Places) => {
        quietTensorflow();
        const context = contextOf(around, places);
        if (queue !== undefined) await workFromQueue(out, queue, context);
        else end(around, await workOnPlan(out, context));
      },
    );
}

/**
 * The command `report`: draws what is finished of a plan.
 *
 * @param around what a command works with
 */
export function reportCommand(around: CommandAround): Command {
  return new Command("report")
    .description("Write table, report and pictures of what is finished of the plan in a folder.")
    .option("--out <dir>", "folder of the plan", "runs/bench")
    .option("--folder <dir>", "folder that holds the files of the set")
    .option("--record <path>", recordWords)
    .action(async ({ out, ...places }: { readonly out: string } & Places) => {
      quietTensorflow();
      await reportOnPlan(out, contextOf(around, places));
    });
}

/**
 * The command `status`: the board of a plan.
 *
 * @param around what a command works with
 */
export function statusCommand(around: CommandAround): Command {
  return new Command("status")
    .description("Show what is waiting, running, finished and failed of the plan in a folder.")
    .option("--out <dir>", "folder of the plan", "runs/bench")
    .option("--queue <url>", "queue of its workers (default: that of the run going on)")
    .action(async ({ out, queue }: { readonly out: string; readonly queue?: string }) => {
      for (const line of await boardOf(out, queue)) around.writer.line(line);
    });
}
