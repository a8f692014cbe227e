import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Refusal } from "../refusal.ts";
import type { ChildProcess } from "node:child_process";
import type { Writer } from "../writer.ts";

/** Worker processes of a run; they end with it, however it ends. */
export interface Crew {
  /**
   * Replaces who died.
   *
   * @param isMoving whether a trial has come to its end since the last call
   * @throws Refusal or Error where workers cannot work: they would die for ever
   */
  tend(isMoving: boolean): void;
  end(): Promise<void>;
}

/** What workers are told. */
export interface CrewOptions {
  readonly count: number;
  readonly out: string;
  /** Of the queue. */
  readonly address: string;
  /** Folder with the files of a published set. */
  readonly folder?: string | undefined;
  readonly writer: Writer;
}

interface Member {
  readonly child: ChildProcess;
  /** The last line of its errors. */
  words: string;
  /** Set once all that it said was heard. */
  hasEnded: boolean;
}

/** The code that a command ends with which refuses what it is told. */
const refused = 2;

/** Workers that may end by themselves one after the other while no trial comes to its end. */
const mostQuits = 5;

/** Starts workers. */
export function startCrew(options: CrewOptions): Crew {
  const members = Array.from({ length: options.count }, () => startWorker(options));
  let quits = 0;
  return {
    tend(isMoving) {
      if (isMoving) quits = 0;
      for (const [i, { child, words, hasEnded }] of members.entries()) {
        if (!hasEnded) continue;
        // Killed from outside, or asked to end: that says nothing of the next one.
        const isQuit = child.signalCode === null && child.exitCode !== 0;
        if (isQuit) quits++;
        if (isQuit && (child.exitCode === refused || quits > mostQuits)) {
          const Kind = child.exitCode === refused ? Refusal : Error;
          throw new Kind(`bench run: workers must be able to work, got one that ended: ${words}`);
        }
        members[i] = startWorker(options);
      }
    },
    async end() {
      await Promise.all(
        members.map(
          ({ child, hasEnded }) =>
            new Promise<void>((resolve) => {
              if (hasEnded || child.exitCode !== null || child.signalCode !== null) resolve();
              child.once("exit", () => {
                resolve();
              });
              child.kill("SIGTERM");
            }),
        ),
      );
    },
  };
}

function startWorker({ out, address, folder, writer }: CrewOptions): Member {
  const main = fileURLToPath(new URL("../main.ts", import.meta.url));
  const places = folder === undefined ? [] : ["--folder", folder];
  const child = spawn(
    process.execPath,
    [...process.execArgv, main, "work", "--out", out, "--queue", address, ...places],
    { stdio: ["ignore", "pipe", "pipe", "ipc"] }, // by the channel it hears that this process is gone
  );
  const member: Member = { child, words: "", hasEnded: false };
  const hear = (text: string): void => {
    for (const line of text.trimEnd().split("\n")) writer.line(line);
  };
  child.stdout?.setEncoding("utf8").on("data", hear);
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    member.words = text.trimEnd().split("\n").at(-1) ?? "";
    hear(text);
  });
  child.once("close", () => {
    member.hasEnded = true;
  });
  child.once("error", ({ message }) => {
    member.words = message;
    member.hasEnded = true;
  });
  return member;
}
