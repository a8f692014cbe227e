import { Command, CommanderError } from "commander";
import { reasonOf } from "@elbo/common";
import { commands } from "./commands/index.ts";
import { Refusal } from "./refusal.ts";
import type { CommandAround } from "./commands/command.ts";

/**
 * Runs the command line.
 *
 * @param args what follows the script's name
 * @param around where words go, what stops it, how it ends
 * @returns once all is done; refusals and failures are told and turned into exit codes (2 and 1), never thrown
 */
export async function runCli(args: readonly string[], around: CommandAround): Promise<void> {
  const program = createProgram(around);
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return;
      around.writer.error(explain(error, program, args));
      around.exit(2);
    } else {
      around.writer.error(sentenceOf(error));
      around.exit(error instanceof Refusal ? 2 : 1);
    }
  }
}

function createProgram(around: CommandAround): Command {
  const program = new Command("bench")
    .description("Compares variational autoencoders. Without a command it does `run`.")
    .usage("[command] [options]");
  commands.forEach((create, index) => {
    program.addCommand(create(around), { isDefault: index === 0 });
  });
  for (const command of [program, ...program.commands]) {
    command
      .exitOverride()
      .showSuggestionAfterError(false)
      .configureHelp({ helpWidth: Math.min(100, around.writer.columns) })
      .configureOutput({
        writeOut: (text) => {
          around.writer.line(text.trimEnd());
        },
        writeErr: () => undefined,
      });
  }
  return program;
}

function explain(error: CommanderError, program: Command, args: readonly string[]): string {
  const named = program.commands.find((command) => command.name() === args[0]);
  const caller = named === undefined ? "bench run" : `bench ${named.name()}`;
  const culprit = /'([^']*)'/u.exec(error.message)?.[1] ?? "";
  const options = (named ?? program.commands[0]).options.map(
    (option) => option.long ?? option.flags,
  );
  switch (error.code) {
    case "commander.unknownOption":
      return `${caller}: options must be among ${options.join(", ")}, got ${culprit}`;
    case "commander.optionMissingArgument":
      return `${caller}: ${culprit.split(" ")[0]} must be followed by a value, got nothing`;
    case "commander.unknownCommand":
    case "commander.excessArguments": {
      if (named !== undefined)
        return `${caller}: arguments must be options, got ${excessOf(args.slice(1))}`;
      const names = program.commands.map((command) => command.name());
      return `bench: command must be one of ${names.join(", ")}, got ${excessOf(args)}`;
    }
    default:
      return `${caller}: ${error.message.replace(/^error: /u, "")}`;
  }
}

/** The first word that is neither an option nor, by its place, the value of one. */
function excessOf(args: readonly string[]): string {
  const at = args.findIndex(
    (word, index) =>
      !word.startsWith("-") &&
      (index === 0 || !/^--(?!quick$|fresh$|profile$)[^=]+$/u.test(args[index - 1])),
  );
  return args[at] ?? args[args.length - 1] ?? "nothing";
}

function sentenceOf(error: unknown): string {
  const reason = reasonOf(error);
  return reason.startsWith("bench") ? reason : `bench: ${reason}`;
}
