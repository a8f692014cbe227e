import { spawn, type ChildProcess } from "node:child_process";
import { delimiter, join } from "node:path";
import { root } from "./workspace.ts";

/** How to run a command. */
export interface CommandOptions {
  readonly cwd?: string;
  /** The whole environment of the command; the one of this process unless given. */
  readonly env?: NodeJS.ProcessEnv;
  /** Seconds after which the command is killed, 600 unless given. */
  readonly timeout?: number;
  /** Gets the output as it comes. */
  readonly onOutput?: (text: string) => void;
}

/** What a command left behind. */
export interface CommandResult {
  /** Exit status; 124 when the time was up, 127 when it could not be started. */
  readonly code: number;
  /** Standard output alone. */
  readonly stdout: string;
  /** Standard output and standard error, in the order in which they came. */
  readonly output: string;
  /** Wall-clock time in seconds. */
  readonly seconds: number;
}

/**
 * Runs a command to its end, without standard input, and keeps what it printed.
 *
 * @param line the command and its arguments; a shell interprets nothing, see {@link spawned} for Windows
 */
export async function runCommand(
  line: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const started = performance.now();
  const { timeout = 600 } = options;
  let [stdout, output, timedOut] = ["", "", false];
  const child = start(line, options);
  const keep = (text: string): void => {
    output += text;
    options.onOutput?.(text);
  };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    keep(text);
  });
  child.stderr?.setEncoding("utf8").on("data", keep);
  const timer = setTimeout(() => {
    timedOut = true;
    killTree(child);
  }, timeout * 1000);
  const code = await new Promise<number>((done) => {
    child.on("error", (error) => {
      keep(`${line[0]}: ${error.message}\n`);
      done(127);
    });
    child.on("close", (status) => done(status ?? 1));
  });
  clearTimeout(timer);
  if (timedOut) keep(`\nstopped after ${timeout} s\n`);
  const seconds = (performance.now() - started) / 1000;
  return { code: timedOut ? 124 : code, stdout, output, seconds };
}

/**
 * Runs a command that must succeed.
 *
 * @throws Error with everything it printed when its exit status is not 0
 */
export async function mustRun(
  line: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const result = await runCommand(line, options);
  if (result.code !== 0) {
    throw new Error(`${line.join(" ")}: exit status ${result.code}\n${result.output.trim()}`);
  }
  return result;
}

function start(line: readonly string[], options: CommandOptions): ChildProcess {
  if (line.length === 0) throw new RangeError("runCommand: a command must be named, got []");
  const { file, args, shell } = spawned(line, process.platform);
  return spawn(file, args, {
    cwd: options.cwd ?? root,
    env: options.env ?? process.env,
    stdio: ["ignore", "pipe", "pipe"],
    detached: process.platform !== "win32", // a process group of its own, so that a kill reaches its children
    shell,
  });
}

/**
 * What to spawn for a command. On Windows `npm`, `pnpm` and what they install are batch files, which only the shell
 * starts, and which get no argument of more than a line; programs are started without it.
 */
export function spawned(
  [file = "", ...args]: readonly string[],
  platform: NodeJS.Platform,
): { file: string; args: string[]; shell: boolean } {
  if (platform !== "win32" || /^(node|git|tar)$|\.exe$/i.test(file)) {
    return { file, args, shell: false };
  }
  return { file: quoted(file), args: args.map(quoted), shell: true };
}

function killTree(child: ChildProcess): void {
  if (child.pid === undefined) return;
  if (process.platform === "win32") {
    spawn("taskkill", ["/pid", `${child.pid}`, "/t", "/f"], { stdio: "ignore" });
    return;
  }
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // It ended in the meantime.
  }
}

function quoted(text: string): string {
  return /[\s"&|<>^]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * The environment of this process with folders put in front of `PATH`; the commands of the workspace (`pnpm`,
 * `turbo`, `tsc`) follow them.
 */
export function withPath(
  env: NodeJS.ProcessEnv = process.env,
  ...folders: string[]
): NodeJS.ProcessEnv {
  const name = Object.keys(env).find((key) => key.toUpperCase() === "PATH") ?? "PATH";
  const path = [...folders, join(root, "node_modules", ".bin"), env[name] ?? ""].join(delimiter);
  return { ...env, [name]: path };
}
