/** What quantizers that are made of others have in common: names, indices, losses and rates of their parts. */
import * as tf from "@tensorflow/tfjs-core";
import { isOfBatch, scopeContext, straightThrough } from "@elbo/core";
import type { Quantized, Quantizer, StepContext, Term, Terms } from "@elbo/core";

type Brought = Pick<
  Quantizer,
  "variables" | "state" | "noise" | "vectorNoise" | "schedules" | "networks"
>;

/** What parts bring, by names that begin with the number of the part: `0/codes`. */
export function broughtBy(
  parts: readonly Quantizer[],
): Brought & Required<Pick<Quantizer, "stateParameters" | "weights" | "codebookSize">> {
  const under = <K extends keyof Brought>(key: K): NonNullable<Brought[K]> =>
    Object.fromEntries(
      parts.flatMap((part, i) =>
        Object.entries(part[key] ?? {}).map(([name, value]) => [`${i}/${name}`, value as never]),
      ),
    );
  return {
    variables: under("variables"),
    state: under("state"),
    noise: under("noise"),
    vectorNoise: under("vectorNoise"),
    schedules: under("schedules"),
    networks: Object.assign(
      {},
      ...parts.map(({ networks = {} }) => networks),
    ) as object as NonNullable<Brought["networks"]>,
    stateParameters: parts.reduce((sum, { stateParameters = 0 }) => sum + stateParameters, 0),
    weights: Object.assign({}, ...parts.map(({ weights = {} }) => weights)) as Record<
      string,
      number
    >,
    codebookSize: parts.flatMap(({ codebookSize }) => codebookSize),
  };
}

/** The context of a part. */
export const partContext = (context: StepContext, i: number): StepContext =>
  scopeContext(context, String(i));

/** Indices of parts one after the other on the last axis, `[B, ..., n]`; of a single one `[B, ...]`. */
export function joinIndices(parts: readonly Quantizer[], results: readonly Quantized[]): tf.Tensor {
  const lists = results.map(({ indices }, i) =>
    parts[i].codebookSize.length === 1 ? tf.expandDims(indices, -1) : indices,
  );
  const joined = lists.length === 1 ? lists[0] : tf.concat(lists, -1);
  return joined.shape.at(-1) === 1 ? tf.squeeze(joined, [joined.rank - 1]) : joined;
}

/** The indices of each part; of those beyond the end of a prefix none. */
export function splitIndices(parts: readonly Quantizer[], indices: tf.Tensor): tf.Tensor[] {
  const total = parts.reduce((sum, { codebookSize }) => sum + codebookSize.length, 0);
  if (total === 1) return [indices];
  const split: tf.Tensor[] = [];
  const last = indices.rank - 1;
  let at = 0;
  for (const { codebookSize } of parts) {
    const count = codebookSize.length;
    if (at + count > indices.shape[last]) break;
    const begin = [...new Array<number>(last).fill(0), at];
    const own = tf.slice(indices, begin, [...indices.shape.slice(0, last), count]);
    split.push(count === 1 ? tf.squeeze(own, [last]) : own);
    at += count;
  }
  return split;
}

/** The losses of parts, those of one name added up. */
export function addLosses(results: readonly Quantized[]): Terms {
  const sums: Record<string, Term> = {};
  for (const { losses } of results) {
    for (const [name, loss] of Object.entries(losses)) {
      sums[name] = name in sums ? added(sums[name], loss) : loss;
    }
  }
  return sums;
}

function added(a: Term, b: Term): Term {
  if (isOfBatch(a) && isOfBatch(b)) return { ofBatch: tf.add(a.ofBatch, b.ofBatch) };
  if (isOfBatch(a) || isOfBatch(b)) {
    throw new Error("internal: losses of one name must both be per example, or of the batch");
  }
  return tf.add(a, b);
}

/** `KL(q(k|x) || uniform)` in nats per example `[B]`, of vectors `z` `[B, ..., D]`. */
export function rateOf({ codebookSize }: Quantizer, result: Quantized, z: tf.Tensor): tf.Tensor {
  if (result.rate !== undefined) return result.rate;
  const positions = z.shape.slice(1, -1).reduce((a, b) => a * b, 1);
  return tf.fill([z.shape[0]], positions * codebookSize.reduce((sum, K) => sum + Math.log(K), 0));
}

/** Rows `[draws, B, ..., D]` for every draw, the same, whose gradient goes to what stands behind them. */
export function passedOn(
  through: tf.Tensor,
  rows: tf.Tensor,
  { draws }: Pick<StepContext, "draws">,
): tf.Tensor {
  const one = tf.expandDims(straightThrough(through, rows), 0);
  return draws === 1 ? one : tf.tile(one, [draws, ...rows.shape.map(() => 1)]);
}

/** The rate of parts together, where one of them has its own. */
export function rateOfParts(
  parts: readonly Quantizer[],
  results: readonly { readonly z: tf.Tensor; readonly result: Quantized }[],
): { readonly rate?: tf.Tensor } {
  if (results.every(({ result }) => result.rate === undefined)) return {};
  return { rate: tf.addN(results.map(({ z, result }, i) => rateOf(parts[i], result, z))) };
}
