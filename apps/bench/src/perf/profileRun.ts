import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { contestants } from "./contestants.ts";
import { profileRows } from "./profile.ts";
import { startSession, threadEnvironment } from "./session.ts";
import { storeWork } from "./store.ts";
import type { Work } from "./cases/work.ts";
import type { Launch } from "./contestants.ts";
import type { ProfileRow } from "./profile.ts";

/** Where a work's time goes, and what a step took while that was measured. */
export interface WorkProfile {
  readonly work: string;
  readonly rows: readonly ProfileRow[];
  /** Mean ms. */
  readonly stepMs: number;
}

const limitMs = 300_000;
const skippedSteps = 5;
const leastSteps = 15;
const profiledMs = 4000;

/**
 * Runs a work on elbo's native engine, in a process of its own, with every kernel call timed.
 *
 * @throws Error when the engine does not run the work, or it is no step
 */
export async function profileWork(work: Work, launch: Launch, seed: number): Promise<WorkProfile> {
  if (work.kind === "fit") throw new Error(`its steps are those of ${work.model}/${work.batch}`);
  const folder = mkdtempSync(path.join(tmpdir(), "elbo-profile-"));
  const native = contestants.find(({ name }) => name === "native");
  if (native === undefined) throw new Error("internal: no native engine");
  const session = startSession({
    ...native.command(launch),
    environment: threadEnvironment(launch.threads),
  });
  try {
    await session.ask("load", {}, limitMs);
    await session.ask("prepare", { manifest: storeWork(work, { folder, seed }) }, limitMs);
    const { ms } = await session.ask("time", { steps: skippedSteps }, limitMs);
    await session.ask("profile", {}, limitMs);
    const steps = Math.max(leastSteps, Math.min(200, Math.round(profiledMs / ms)));
    const { ms: stepMs } = await session.ask("time", { steps }, limitMs);
    const { times } = await session.ask("profile", {}, limitMs);
    await session.ask("finish", {}, limitMs);
    return { work: work.name, rows: profileRows(times), stepMs };
  } finally {
    session.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
