import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { contestants } from "./contestants.ts";
import { parseProfile } from "./profile.ts";
import { startSession, threadEnvironment } from "./session.ts";
import { storeWork } from "./store.ts";
import type { Work } from "./cases/work.ts";
import type { Launch } from "./contestants.ts";
import type { Profile } from "./profile.ts";

/** A work's profile, and what its quickest step took while it was made. */
export interface WorkProfile {
  readonly work: string;
  readonly profile: Profile;
  readonly stepMs: number;
}

const limitMs = 300_000;
const skippedSteps = 5;
const leastSteps = 15;
const profiledMs = 4000;

/**
 * Runs a work under ONNX Runtime's profiler, in a process of its own: elbo's native engine, as `ELBO_PROFILE` asks it to.
 *
 * @throws Error when the engine does not run the work or wrote no profile
 */
export async function profileWork(work: Work, launch: Launch, seed: number): Promise<WorkProfile> {
  const folder = mkdtempSync(path.join(tmpdir(), "elbo-profile-"));
  const native = contestants.find(({ name }) => name === "native");
  if (native === undefined) throw new Error("internal: no native engine");
  const session = startSession({
    ...native.command(launch),
    environment: {
      ...threadEnvironment(launch.threads),
      ELBO_PROFILE: path.join(folder, "profile"),
    },
  });
  try {
    await session.ask("load", {}, limitMs);
    await session.ask("prepare", { manifest: storeWork(folder, work, seed) }, limitMs);
    const { ms } = await session.ask("time", { steps: skippedSteps }, limitMs);
    const steps = Math.max(leastSteps, Math.min(200, Math.round(profiledMs / ms)));
    const { ms: mean, leastMs: stepMs = mean } = await session.ask("time", { steps }, limitMs);
    await session.ask("finish", {}, limitMs);
    const profile = readdirSync(folder)
      .filter((name) => name.startsWith("profile") && name.endsWith(".json"))
      .map((name) => parseProfile(readFileSync(path.join(folder, name), "utf8"), skippedSteps + 1))
      .find((each) => each !== undefined);
    if (profile === undefined)
      throw new Error(`profileWork: no profile was written for ${work.name}`);
    return { work: work.name, profile, stepMs };
  } finally {
    session.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
