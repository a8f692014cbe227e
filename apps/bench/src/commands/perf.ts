import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import { Command } from "commander";
import { reasonOf } from "@elbo/common";
import { contestants } from "../perf/contestants.ts";
import { parsePerfArguments } from "../perf/options.ts";
import { workGroups } from "../perf/cases/work.ts";
import { profileWork } from "../perf/profileRun.ts";
import {
  headingLines,
  missingLines,
  notes,
  profileLines,
  targetLines,
  workLines,
} from "../perf/report.ts";
import { ratiosOf } from "../perf/results.ts";
import { runPerf } from "../perf/run.ts";
import { judgeTargets } from "../perf/targets.ts";
import { fashionImages } from "../perf/trainingImages.ts";
import { readMachine, readVersions } from "../run/environment.ts";
import type { Launch } from "../perf/contestants.ts";
import type { PerfArguments, PerfRequest } from "../perf/options.ts";
import type { WorkProfile } from "../perf/profileRun.ts";
import type { PerfResults } from "../perf/results.ts";
import type { CommandAround } from "./command.ts";

const seed = 1;

/**
 * The command `perf`: times elbo's engines beside other TF.js backends, jax-js and PyTorch.
 *
 * @param around what a command works with
 */
export function perfCommand(around: CommandAround): Command {
  const engines = contestants.map(({ name }) => name).join(", ");
  return new Command("perf")
    .description(
      "Time training steps, whole trainings, encoding and decoding beside other TF.js backends, jax-js and PyTorch.",
    )
    .option(
      "--works <list>",
      `what is timed, with commas: ${workGroups.join(", ")}, or one work (mlp/128)`,
    )
    .option("--engines <list>", `who is timed, with commas: ${engines}`)
    .option("--threads <n>", "threads of each contestant (default: the cores of this machine)")
    .option("--repetitions <n>", "turns of each contestant (default: 15, with --quick 3)")
    .option("--torch <python>", "a Python interpreter that has PyTorch (default: python3)")
    .option("--folder <dir>", "folder with Fashion-MNIST's files, for works of the group fit")
    .option("--json <file>", "write every figure, ratio and version there")
    .option("--profile", "print where elbo's native engine spends each work's time instead")
    .option("--quick", "a few works and short turns: whether everything runs, not how fast")
    .action(async (args: PerfArguments) => {
      const request = parsePerfArguments(args, availableParallelism());
      await (request.isProfile ? profileAll : timeAll)(request, around);
    });
}

function launchOf({ python, threads }: PerfRequest): Launch {
  return { python, threads, nodeArguments: process.execArgv };
}

async function timeAll(
  request: PerfRequest,
  { writer, signal, exit }: CommandAround,
): Promise<void> {
  const { threads, repetitions, turnMs, folder, visits } = request;
  const outcome = await runPerf(
    {
      ...request,
      launch: launchOf(request),
      seed,
      images: () => fashionImages(folder, visits),
    },
    {
      signal,
      status: (text) => {
        writer.status(text);
      },
      finished: (result) => {
        for (const line of workLines(result)) writer.line(line);
        writer.line();
      },
    },
  );
  const results: PerfResults = {
    date: new Date().toISOString(),
    machine: readMachine(),
    versions: { ...readVersions(), ...outcome.versions },
    threads,
    repetitions,
    turnMs,
    seed,
    missing: outcome.missing,
    works: outcome.works,
  };
  const judged = judgeTargets(results);
  for (const part of [
    targetLines(judged),
    missingLines(results.missing),
    notes,
    headingLines(results),
  ]) {
    for (const line of part) writer.line(line);
    if (part.length > 0) writer.line();
  }
  if (request.json !== undefined) {
    writeJson(request.json, { ...results, ratios: ratiosOf(results), targets: judged });
    writer.line(`Every figure is in ${request.json}`);
  }
  if (signal.aborted) exit(130);
}

async function profileAll(
  request: PerfRequest,
  { writer, signal, exit }: CommandAround,
): Promise<void> {
  const profiles: WorkProfile[] = [];
  for (const work of request.works) {
    if (signal.aborted) break;
    writer.status(`${work.name}: running under the profiler`);
    try {
      const found = await profileWork(work, launchOf(request), seed);
      profiles.push(found);
      writer.line(
        `${work.title} (${work.name}): ${found.stepMs.toFixed(2)} ms a step while every kernel call was timed`,
      );
      for (const line of profileLines(found.rows, found.stepMs)) writer.line(`  ${line}`);
    } catch (error) {
      writer.line(`${work.title} (${work.name}): no profile, ${reasonOf(error)}`);
    }
    writer.line();
  }
  if (request.json !== undefined) writeJson(request.json, { profiles });
  if (signal.aborted) exit(130);
}

function writeJson(file: string, content: object): void {
  mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  writeFileSync(file, `${JSON.stringify(content, undefined, 2)}\n`);
}
