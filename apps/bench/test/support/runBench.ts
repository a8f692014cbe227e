import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { runCli } from "../../src/cli.ts";
import type { ChildProcessByStdio } from "node:child_process";
import type { Readable } from "node:stream";

const fromHere = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** How a child process ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  readonly error: string;
}

/** What is done to a child process while it runs. */
export interface Interruption {
  readonly signal: NodeJS.Signals;
  /** Asked about twenty times a second; the signal is sent when it first says yes. */
  readonly when: (output: string) => boolean;
}

/** Starts the command line from its sources in a process of its own; `args` follow the script's name. */
export const spawnBench = (
  args: readonly string[],
  error: "pipe" | "inherit" = "inherit",
): ChildProcessByStdio<null, Readable, Readable | null> =>
  spawn(
    process.execPath,
    [
      "--conditions=@elbo/source",
      "--import",
      new URL("../../../../scripts/typescript.mjs", import.meta.url).href,
      fromHere("../../src/main.ts"),
      ...args,
    ],
    { stdio: ["ignore", "pipe", error] },
  ) as ChildProcessByStdio<null, Readable, Readable | null>;

/**
 * Runs the command line from its sources in a process of its own.
 *
 * @param args what follows the script's name
 * @param interruption sent once
 */
export function runBenchProcess(
  args: readonly string[],
  interruption?: Interruption,
): Promise<Ended> {
  const child = spawnBench(args, "pipe");
  const said = { output: "", error: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said.output += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (said.error += text));
  const watch =
    interruption &&
    setInterval(() => {
      if (!interruption.when(said.output)) return;
      clearInterval(watch);
      child.kill(interruption.signal);
    }, 50);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearInterval(watch);
      resolve({ code, signal, ...said });
    });
  });
}

/**
 * Runs the command line in this process, which spares the start of another.
 *
 * @param args what follows the script's name
 */
export async function runBenchHere(args: readonly string[]): Promise<Omit<Ended, "signal">> {
  const ended = { code: 0, output: "", error: "" };
  await runCli(args, {
    writer: {
      line: (text = "") => {
        ended.output += `${text}\n`;
      },
      error: (text) => {
        ended.error += `${text}\n`;
      },
      status: () => undefined,
      isInteractive: false,
      columns: 100,
    },
    signal: new AbortController().signal,
    exit: (code) => {
      ended.code = code;
    },
  });
  return ended;
}
