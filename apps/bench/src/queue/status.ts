import { connect } from "node:net";
import { Refusal } from "../refusal.ts";
import { formatDuration, formatNumber } from "../results/format.ts";
import { takeLeave } from "./connected.ts";
import { checkQueue, openQueue } from "./queue.ts";
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
  checkQueue(url);
  const silence = await silenceOf(url);
  if (silence !== undefined) return [...lines, `Queue: ${silence}.`];
  const owner = { onError: () => undefined, signal: AbortSignal.timeout(patience) };
  const connection = await openQueue(url, owner).catch((error: unknown) => {
    if (error instanceof Refusal) throw error;
  });
  if (connection === undefined) return [...lines, "Queue: it is starting, or ending."];
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
    await takeLeave(connection.queue);
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

/** How long a queue may take to answer, in ms. */
const patience = 5000;

/** Why nobody answers behind an address, such as that of a run that was killed; undefined where somebody does. Queues themselves try for ever. */
function silenceOf(url: string): Promise<string | undefined> {
  const { hostname: host, port, protocol } = new URL(url);
  const usual = protocol.startsWith("postgres") ? 5432 : 6379;
  const place = { host: host.replace(/^\[|\]$/gu, ""), port: port === "" ? usual : Number(port) };
  return new Promise((resolve) => {
    const socket = connect({ ...place, timeout: patience });
    const end = (reason?: string): void => {
      socket.destroy();
      resolve(reason && `no answer at ${host}:${place.port} (${reason})`);
    };
    socket.once("connect", () => {
      end();
    });
    socket.once("timeout", () => {
      end(`for ${patience / 1000} s`);
    });
    socket.once("error", (error) => {
      end((error as NodeJS.ErrnoException).code ?? error.message);
    });
  });
}
