import { Command } from "commander";
import { datasetNames } from "@elbo/datasets";
import { quietTensorflow } from "@elbo/jit";
import { parseRunArguments } from "../configuration/parse.ts";
import { modelCases } from "../models/index.ts";
import { loadData } from "../run/data.ts";
import { runBench } from "../run/runBench.ts";
import { trainUnit } from "../run/trainUnit.ts";
import type { RunArguments } from "../configuration/parse.ts";
import type { KnownNames } from "../configuration/configuration.ts";
import type { CommandAround } from "./command.ts";

const known: KnownNames = {
  datasets: datasetNames,
  models: modelCases.map(({ name }) => name),
};

/**
 * The command `run`: trains and compares models.
 *
 * @param around what a command works with
 */
export function runCommand(around: CommandAround): Command {
  return new Command("run")
    .description(
      "Train several models under one protocol, measure them on held-out images, and write a report.",
    )
    .option("--dataset <name>", `images to use: ${known.datasets.join(", ")}`)
    .option("--models <list>", `models to compare, with commas: ${known.models.join(", ")}`)
    .option("--epochs <n>", "passes over the training images")
    .option("--seeds <list>", "seeds, with commas; every model is trained once with each")
    .option("--config <file>", "JSON file with these and the further entries of the README")
    .option(
      "--out <dir>",
      "folder of the results (default: runs/bench, with --quick runs/bench-quick)",
    )
    .option("--quick", "everything in under a minute, nothing converged")
    .option("--fresh", "discard what an earlier run left in that folder")
    .action(async (args: RunArguments) => {
      quietTensorflow();
      const request = parseRunArguments(args, known);
      const outcome = await runBench(request, {
        ...around,
        cases: modelCases,
        load: loadData,
        trainUnit,
      });
      if (outcome === "stopped") around.exit(130);
      if (outcome === "diverged") around.exit(1);
    });
}
