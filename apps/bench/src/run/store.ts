import { reasonOf } from "@elbo/common";
import { writeWhole } from "@elbo/common/node";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { Refusal } from "../refusal.ts";
import type { Trial } from "../plan/trial.ts";
import type { Diverged, SeedResult } from "../results/schema.ts";

/**
 * The folder of comparisons: what is finished in it stays finished, whatever happens to the process. Every trial has a folder of its
 * own, named by its digest, so that trials of any plan, from any machine, lie side by side.
 */
export interface Store {
  readonly out: string;
  /** The trials of the plan in it, or undefined if there is none. */
  readPlan(): Trial[] | undefined;
  /** Writes the plan, and the command that made it. */
  writePlan(trials: readonly Trial[], command: string): Promise<void>;
  /** The command that made the plan. */
  readCommand(): string;
  /** Address of the queue of the run that is going on, or undefined. */
  readQueue(): string | undefined;
  /** The folder of one trial, made if it is not there. */
  trialDirectory(id: string): string;
  /** The stored result of one trial, or undefined if it is not trained. */
  readResult(id: string): SeedResult | undefined;
  /** Why a trial came to nothing, or undefined. */
  readDivergence(id: string): Diverged | undefined;
  /** Says for good that a trial came to nothing: it would again. */
  writeDivergence(trial: Trial, why: Diverged): Promise<void>;
  /** A file of a trial, or undefined if it is not there. */
  readTrialFile(id: string, name: string): Uint8Array | undefined;
  /** Writes a file of a trial, whole or not at all. */
  writeTrialFile(id: string, name: string, bytes: Uint8Array): Promise<void>;
  /** Stores the result of a trial; its presence is what marks the trial as trained. */
  writeResult(trial: Trial, result: SeedResult): Promise<void>;
  /** Writes a file of the report, whole or not at all. */
  write(name: string, content: string | Uint8Array): Promise<void>;
}

const planFile = "trials.jsonl";
const commandFile = "command.txt";
const ownEntries = [
  "trials",
  "pictures",
  "cache",
  planFile,
  "results.json",
  "table.md",
  "report.html",
];

/** Where a training is, in the folder of its trial while it goes on. */
export const liveFile = "live.jsonl";

/**
 * Opens the folder of comparisons.
 *
 * @param out the folder, made when something is written
 * @param options `isFresh` discards what the bench wrote there before
 * @throws Refusal when the folder is a file
 */
export function openStore(out: string, options: { readonly isFresh?: boolean } = {}): Store {
  if (existsSync(out) && !statSync(out).isDirectory())
    throw new Refusal(`bench: --out must be a folder, got the file ${out}`);
  if (options.isFresh === true) {
    for (const entry of ownEntries) rmSync(join(out, entry), { recursive: true, force: true });
  }
  const trialDirectory = (id: string): string => join(out, "trials", id);
  const store: Store = {
    out,
    readPlan() {
      const bytes = readIfThere(join(out, planFile));
      return bytes && parsePlan(new TextDecoder().decode(bytes), join(out, planFile));
    },
    async writePlan(trials, command) {
      mkdirSync(out, { recursive: true });
      await writeWhole(join(out, commandFile), `${command}\n`);
      const lines = trials.map((trial) => `${JSON.stringify(trial)}\n`);
      await writeWhole(join(out, planFile), lines.join(""));
    },
    readCommand: () =>
      new TextDecoder().decode(readIfThere(join(out, commandFile)) ?? new Uint8Array()).trim(),
    readQueue() {
      const bytes = readIfThere(join(out, "queue.json"));
      return bytes && (JSON.parse(new TextDecoder().decode(bytes)) as { url: string }).url;
    },
    trialDirectory(id) {
      const directory = trialDirectory(id);
      mkdirSync(directory, { recursive: true });
      return directory;
    },
    readResult(id) {
      const bytes = readIfThere(join(trialDirectory(id), "result.json"));
      return bytes && (JSON.parse(new TextDecoder().decode(bytes)) as SeedResult);
    },
    readDivergence(id) {
      const bytes = readIfThere(join(trialDirectory(id), "diverged.json"));
      return bytes && (JSON.parse(new TextDecoder().decode(bytes)) as Diverged);
    },
    async writeDivergence(trial, { message, findings = [] }) {
      const directory = store.trialDirectory(trial.id);
      await writeWhole(join(directory, "trial.json"), `${JSON.stringify(trial, undefined, 2)}\n`);
      const text = JSON.stringify({ message, findings }, undefined, 2);
      await writeWhole(join(directory, "diverged.json"), `${text}\n`);
    },
    readTrialFile: (id, name) => readIfThere(join(trialDirectory(id), name)),
    async writeTrialFile(id, name, bytes) {
      await writeWhole(join(store.trialDirectory(id), name), bytes);
    },
    async writeResult(trial, result) {
      const directory = store.trialDirectory(trial.id);
      await writeWhole(join(directory, "trial.json"), `${JSON.stringify(trial, undefined, 2)}\n`);
      await writeWhole(join(directory, "result.json"), `${JSON.stringify(result, undefined, 2)}\n`);
      for (const entry of ["checkpoint", "elapsed.json", liveFile])
        rmSync(join(directory, entry), { recursive: true, force: true });
    },
    async write(name, content) {
      const path = join(out, name);
      mkdirSync(join(path, ".."), { recursive: true });
      await writeWhole(path, content);
    },
  };
  return store;
}

function parsePlan(text: string, path: string): Trial[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line, i) => {
      try {
        return JSON.parse(line) as Trial;
      } catch (error) {
        throw new Refusal(
          `bench: every line of ${path} must be JSON, got line ${i + 1} (${reasonOf(error)})`,
          { cause: error },
        );
      }
    });
}

function readIfThere(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
