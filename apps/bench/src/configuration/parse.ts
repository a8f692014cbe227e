import { rules } from "@elbo/common";
import { ownPath } from "../data/ownData.ts";
import { checkQueue } from "../queue/queue.ts";
import { presets } from "../presets/index.ts";
import { textReader } from "../readText.ts";
import { Refusal } from "../refusal.ts";
import { checkCombinations } from "./configuration.ts";
import { presetConfiguration, readConfigurationFile, tableOver } from "./layers.ts";
import type { Rule } from "@elbo/common";
import type { Configuration } from "./configuration.ts";

const readText = textReader("bench run");

/** The options of `bench run` as the command line gives them: texts, not yet checked. */
export interface RunArguments {
  readonly preset?: string;
  readonly dataset?: string;
  readonly data?: string;
  readonly models?: string;
  readonly epochs?: string;
  readonly seeds?: string;
  readonly measures?: string;
  readonly config?: string;
  readonly out?: string;
  readonly workers?: string;
  readonly queue?: string;
  readonly quick?: boolean;
  readonly fresh?: boolean;
}

/** What `bench run` was asked to do. */
export interface RunRequest {
  readonly configuration: Configuration;
  /** The folder that holds the results. */
  readonly out: string;
  /** Whether earlier results in that folder are discarded. */
  readonly isFresh: boolean;
  /** Processes that work; more than one share the trials over a queue. */
  readonly workers: number;
  /** Address of that queue; one of this process unless given. */
  readonly queue?: string;
  /** The command line that says the same. */
  readonly command: string;
}

const optionKeys = ["dataset", "models", "epochs", "seeds", "measures"] as const;

/**
 * Turns the arguments of `bench run` into a checked request. The default gives way to the preset, that to the file, and the file to
 * the options.
 *
 * @param args the options as texts
 * @throws Refusal naming the argument, the rule and the value
 */
export function parseRunArguments(args: RunArguments): RunRequest {
  const name = presetName(args);
  const preset = presetConfiguration(name);
  const base = args.config === undefined ? preset : readConfigurationFile(args.config, preset);
  const configuration: Configuration = {
    ...base,
    ...argumentsOver(base, args),
    ...(args.data === undefined ? {} : { dataset: ownPath(args.data) }),
  };
  if (args.data !== undefined && args.dataset !== undefined)
    throw new Refusal(
      `bench run: --data must stand in the place of --dataset, got both ${args.data} and ${args.dataset}`,
    );
  checkCombinations(configuration);
  const out = args.out ?? (name === "default" ? "runs/bench" : `runs/bench-${name}`);
  if (out.trim() === "") throw new Refusal("bench run: --out must be a folder, got nothing");
  const { queue } = args;
  if (queue !== undefined) checkQueue(queue, "bench run");
  const workers = workersOf(args);
  return {
    configuration,
    out,
    isFresh: args.fresh === true,
    workers,
    ...(queue === undefined ? {} : { queue }),
    command: commandOf(args),
  };
}

/** One process, or none of its own where a queue is given; or as many as are asked for. */
function workersOf({ workers, queue }: RunArguments): number {
  if (workers === undefined) return queue === undefined ? 1 : 0;
  return readText("workers", rules.integer({ min: queue === undefined ? 1 : 0 }), workers);
}

/** What the options of the command line say. */
function argumentsOver(base: Configuration, args: RunArguments): Partial<Configuration> {
  const table = tableOver(base);
  const said = optionKeys.filter((key) => args[key] !== undefined);
  return Object.fromEntries(
    said.map((key) => [key, readText(key, table[key].rule as Rule<unknown>, args[key] as string)]),
  );
}

/** The command line of these arguments, but for where results go. */
function commandOf(args: RunArguments): string {
  const options = Object.entries(args).flatMap(([name, value]) => {
    if (
      ["out", "workers", "queue", "fresh", "dryRun", "record", "folder"].includes(name) ||
      value === undefined
    )
      return [];
    return value === true ? [`--${name}`] : [`--${name} ${JSON.stringify(value)}`];
  });
  return ["pnpm bench run", ...options].join(" ").replaceAll(/"([\w.,/-]+)"/gu, "$1");
}

function presetName({ preset, quick }: RunArguments): string {
  if (preset !== undefined && quick === true)
    throw new Refusal(
      `bench run: --quick must stand alone, it is --preset quick, got --preset ${preset} too`,
    );
  if (preset === undefined) return quick === true ? "quick" : "default";
  return readText("preset", rules.oneOf(Object.keys(presets)), preset);
}
