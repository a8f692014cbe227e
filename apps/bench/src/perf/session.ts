import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import type { Answer, RequestName, Requests } from "./protocol.ts";

/** A contestant's process. Requests are answered one after the other; a failed request rejects with the contestant's own words. */
export interface Session {
  ask<Name extends RequestName>(
    name: Name,
    request: Requests[Name]["request"],
    limitMs: number,
  ): Promise<Requests[Name]["answer"]>;
  /** Ends the process at once. */
  close(): void;
}

/** What is started, and in which environment besides this process's own. */
export interface SessionCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

const keptErrorCharacters = 4000;

/** Starts a contestant's process. */
export function startSession({ file, args, environment }: SessionCommand): Session {
  const child = spawn(file, args, { env: { ...process.env, ...environment } });
  const waiting: Waiting[] = [];
  let ended: Error | undefined;
  let errors = "";
  const end = (error: Error): void => {
    ended ??= error;
    for (const { reject } of waiting.splice(0)) reject(ended);
  };
  child.stderr.on("data", (data: Buffer) => {
    errors = (errors + data.toString("utf8")).slice(-keptErrorCharacters);
  });
  child.on("error", end);
  child.stdin.on("error", end);
  child.on("close", (code, signal) => {
    end(new Error(lastWords(errors) ?? `the process ended with ${code ?? signal}`));
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    waiting.shift()?.resolve(JSON.parse(line) as Answer);
  });
  const close = (): void => {
    child.kill("SIGKILL");
  };
  return {
    close,
    async ask(name, request, limitMs) {
      if (ended) throw ended;
      const answer = await new Promise<Answer>((resolve, reject) => {
        const timer = setTimeout(() => {
          close();
          reject(new Error(`no answer to "${name}" within ${limitMs / 1000} s`));
        }, limitMs);
        const settle = (): void => {
          clearTimeout(timer);
        };
        waiting.push({
          resolve: (value) => {
            settle();
            resolve(value);
          },
          reject: (error) => {
            settle();
            reject(error);
          },
        });
        send(child, { do: name, ...request });
      });
      if ("error" in answer) throw new Error(answer.error);
      return answer.result as Requests[typeof name]["answer"];
    },
  };
}

function send(child: ChildProcessWithoutNullStreams, request: object): void {
  child.stdin.write(`${JSON.stringify(request)}\n`);
}

/** The line of an error stream that says most: the last one that names an error, else the last. */
function lastWords(errors: string): string | undefined {
  const lines = errors.split("\n").filter((line) => line.trim() !== "");
  return (lines.findLast((line) => /\w(Error|Exception)\b.*:/u.test(line)) ?? lines.at(-1))?.trim();
}

/** The environment that holds a library to a number of threads, whichever reads it. */
export function threadEnvironment(threads: number): Record<string, string> {
  const names = [
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
  ];
  return {
    ...Object.fromEntries(names.map((name) => [name, String(threads)])),
    TF_CPP_MIN_LOG_LEVEL: "3",
    PYTHONDONTWRITEBYTECODE: "1",
  };
}
