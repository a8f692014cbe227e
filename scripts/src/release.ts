/**
 * `pnpm release`: applies the changesets that wait and commits that as the new version, runs `pnpm check` on it, then
 * `changeset publish`, which skips versions that are already published and tags the others. Refuses where something is
 * uncommitted or the versions do not fit together. When a check fails nothing is published; after the mending commit
 * the same command goes on.
 *
 * In GitHub's release workflow the environment asks for provenance; nothing here depends on it.
 */
import { mustRun, withPath } from "./command.ts";
import { pendingChangesets, releaseObstacles } from "./releasable.ts";
import { publicPackages, root } from "./workspace.ts";

async function run(...line: string[]): Promise<void> {
  console.log(`$ ${line.join(" ")}`);
  const onOutput = (text: string): void => void process.stdout.write(text);
  await mustRun(line, { env: withPath(), timeout: 3600, onOutput }).catch(() => {
    throw new Error(`release: "${line.join(" ")}" must succeed; mend it and release again`);
  });
}

async function versionAndCommit(): Promise<void> {
  if (pendingChangesets(root).length === 0) return;
  await run("pnpm", "version-packages");
  await run("git", "add", "--all");
  await run("git", "commit", "--quiet", "-m", `Version ${publicPackages()[0]?.version ?? ""}`);
}

async function release(): Promise<void> {
  const { stdout: changed } = await mustRun(["git", "status", "--porcelain"]);
  if (changed !== "") throw new Error(`release: nothing may be uncommitted, got\n${changed}`);
  await versionAndCommit();
  const obstacles = releaseObstacles(root);
  if (obstacles.length > 0) throw new Error(obstacles.join("\n"));
  await run("pnpm", "build");
  await run("pnpm", "check");
  await run("changeset", "publish");
}

try {
  await release();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
