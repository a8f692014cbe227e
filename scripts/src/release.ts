/**
 * `pnpm release`: publishes the versions in this checkout. Refuses unless they are ready, runs `pnpm check`, then
 * `changeset publish`, which skips versions that are already published and tags the others.
 *
 * In GitHub's release workflow the environment asks for provenance; nothing here depends on it.
 */
import { runCommand, withPath } from "./command.ts";
import { releaseObstacles } from "./releasable.ts";
import { root } from "./workspace.ts";

async function stepsOf(...lines: (readonly string[])[]): Promise<number> {
  for (const line of lines) {
    console.log(`$ ${line.join(" ")}`);
    const onOutput = (text: string): void => void process.stdout.write(text);
    const { code } = await runCommand(line, { env: withPath(), timeout: 3600, onOutput });
    if (code !== 0) return code;
  }
  return 0;
}

const changed = await runCommand(["git", "status", "--porcelain"]);
const obstacles = [
  ...releaseObstacles(root),
  ...(changed.stdout === "" ? [] : [`release: nothing may be uncommitted, got\n${changed.stdout}`]),
];
for (const obstacle of obstacles) console.error(obstacle);
process.exitCode =
  obstacles.length > 0
    ? 2
    : await stepsOf(["pnpm", "build"], ["pnpm", "check"], ["changeset", "publish"]);
