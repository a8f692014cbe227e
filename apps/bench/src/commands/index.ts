import type { Command } from "commander";
import { perfCommand } from "./perf.ts";
import { planCommand, reportCommand, runCommand, statusCommand, workCommand } from "./run.ts";
import { serveCommand } from "./serve.ts";
import type { CommandAround } from "./command.ts";

/** The commands of the bench; the first one runs when none is named. */
export const commands: readonly ((around: CommandAround) => Command)[] = [
  runCommand,
  planCommand,
  workCommand,
  reportCommand,
  statusCommand,
  serveCommand,
  perfCommand,
];
