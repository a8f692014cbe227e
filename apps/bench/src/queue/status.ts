import { formatDuration, formatNumber } from "../results/format.ts";
import { openQueue } from "./queue.ts";
import type { Trial } from "../plan/trial.ts";
import type { Store } from "../run/store.ts";
import type { TrialProgress } from "./queue.ts";

/**
 * The board of a plan in lines: what is finished in the folder, and what the queue has waiting, running and failed.
 *
 * @param url of the queue; only the folder is asked without one
 */
export async function boardLines(
  trials: readonly Trial[],
  store: Store,
  url: string | undefined,
): Promise<string[]> {
  const finished = trials.filter(({ id }) => store.readResult(id) !== undefined);
  const diverged = trials.filter(({ id }) => store.readDivergence(id) !== undefined);
  const lines = [
    `${trials.length} trials: ${finished.length} finished, ${diverged.length} diverged, ${trials.length - finished.length - diverged.length} to do.`,
  ];
  if (url === undefined) return lines;
  const connection = await openQueue(url, () => undefined);
  try {
    const [waiting, active, failed] = await Promise.all([
      connection.queue.getJobCountByTypes("waiting", "delayed"),
      connection.queue.getActive(),
      connection.queue.getFailed(),
    ]);
    lines.push(`Queue: ${waiting} waiting, ${active.length} running, ${failed.length} failed.`);
    for (const { data, progress } of active)
      lines.push(`  running  ${data.title}, seed ${data.seed}  ${described(progress)}`);
    for (const { data, failedReason } of failed)
      lines.push(`  failed   ${data.title}, seed ${data.seed}: ${failedReason}`);
    return lines;
  } finally {
    await connection.close();
  }
}

/** Who works how far, and for how much longer. */
function described(progress: unknown): string {
  const known = progress as Partial<TrialProgress>;
  const { worker, epoch, epochs, loss, since, at } = known;
  if (worker === undefined || epoch === undefined || epochs === undefined) return "starting";
  const parts = [`epoch ${epoch}/${epochs}`];
  if (loss !== undefined) parts.push(`loss ${formatNumber(loss, 1)} nats`);
  if (epoch > 1 && since !== undefined && at !== undefined)
    parts.push(
      `about ${formatDuration((((at - since) / (epoch - 1)) * (epochs - epoch + 1)) / 1000)} left`,
    );
  return `${parts.join("  ")}  on ${worker}`;
}
