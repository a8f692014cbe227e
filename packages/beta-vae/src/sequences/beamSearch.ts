import {
  computeOf,
  computeOptions,
  logSumExp,
  readOptions,
  rules,
  type ComputeOptions,
  type NdArray,
  type OptionTable,
} from "@elbo/core";
import type { SequenceVae } from "./sequenceVae.ts";
import { endToken } from "./tokens.ts";
import { block, codesOf, searchOf, Walk } from "./walk.ts";

/** Options of {@link beamSearch}. */
export interface BeamSearchOptions extends ComputeOptions {
  /** Sequences that are kept at each position; default 8. */
  readonly beams?: number;
}

const beamTable = {
  beams: { rule: rules.integer({ min: 1, max: 4096 }), default: 8, doc: "sequences kept" },
  ...computeOptions,
} satisfies OptionTable<BeamSearchOptions>;

/** What {@link beamSearch} found. */
export interface Beams {
  /** int32 `[n, beams, length]`, the most likely first; where there are fewer sequences, the last ones are empty. */
  readonly tokens: NdArray<Int32Array>;
  /** `log p(x | z)` `[n, beams]`, nats; minus infinity for a sequence that there is not. */
  readonly logProb: NdArray<Float64Array & Float32Array>;
}

/** A sequence on its way: its row of the walk, tokens so far, log probability. */
interface Hypothesis {
  readonly row: number;
  readonly tokens: readonly number[];
  readonly logProb: number;
  readonly isOver: boolean;
}

/**
 * The most likely sequences that a beam finds: at every position the `beams` best of all sequences that go on by a token or are over.
 * With as many beams as there are sequences it finds the most likely one for certain.
 *
 * @param code `[n, latent]`
 * @throws TypeError or RangeError for codes or options that make no sense
 */
export async function beamSearch(
  model: SequenceVae,
  code: NdArray,
  options: BeamSearchOptions = {},
): Promise<Beams> {
  const fn = "beamSearch";
  const { beams } = readOptions(fn, beamTable, options);
  const { count, length } = searchOf(fn, model, code);
  const tokens = new Int32Array(count * beams * length);
  const logProb = new Float64Array(count * beams).fill(-Infinity);
  const atOnce = Math.max(1, Math.floor(block / beams));
  for (let first = 0; first < count; first += atOnce) {
    const examples = Array.from({ length: atOnce }, (_, i) => Math.min(first + i, count - 1));
    const found = await searchBlock(model, { code, examples, beams, length }, computeOf(options));
    found.slice(0, count - first).forEach((hypotheses, i) => {
      hypotheses.forEach((hypothesis, rank) => {
        const at = (first + i) * beams + rank;
        tokens.set(hypothesis.tokens, at * length);
        logProb[at] = hypothesis.logProb;
      });
    });
  }
  return {
    tokens: { data: tokens, shape: [count, beams, length] },
    logProb: { data: logProb as Float64Array & Float32Array, shape: [count, beams] },
  };
}

interface Search {
  readonly code: NdArray;
  readonly examples: readonly number[];
  readonly beams: number;
  readonly length: number;
}

async function searchBlock(
  model: SequenceVae,
  { code, examples, beams, length }: Search,
  compute: ComputeOptions,
): Promise<readonly (readonly Hypothesis[])[]> {
  const rows = examples.flatMap((example) => Array<number>(beams).fill(example));
  const walk = await Walk.start(model, codesOf(code, rows), compute);
  let found: readonly (readonly Hypothesis[])[] = examples.map((_, i) => [
    { row: i * beams, tokens: [], logProb: 0, isOver: false },
  ]);
  for (let t = 0; t < length; t++) {
    const logits = await walk.next();
    const classes = logits.length / rows.length;
    found = found.map((hypotheses) => best(hypotheses, { logits, classes, beams }));
    // Each goes on in a row of its own, with the state of the row that it came from.
    const from = Int32Array.from({ length: rows.length }, (_, row) => row);
    found = found.map((hypotheses, i) =>
      hypotheses.map((hypothesis, rank) => {
        const row = i * beams + rank;
        from[row] = hypothesis.row;
        walk.tokens[row] = hypothesis.tokens.at(-1) ?? endToken;
        return { ...hypothesis, row };
      }),
    );
    if (found.every((hypotheses) => hypotheses.every(({ isOver }) => isOver))) break;
    walk.take(from);
  }
  return found;
}

/** The best of what is over and of what goes on by one token. */
function best(
  hypotheses: readonly Hypothesis[],
  given: { readonly logits: Float32Array; readonly classes: number; readonly beams: number },
): Hypothesis[] {
  const { logits, classes, beams } = given;
  const next = hypotheses.flatMap((hypothesis): Hypothesis[] => {
    if (hypothesis.isOver) return [hypothesis];
    const own = logits.subarray(hypothesis.row * classes, (hypothesis.row + 1) * classes);
    const total = logSumExp(own);
    return Array.from(own, (logit, token) => ({
      row: hypothesis.row,
      tokens: [...hypothesis.tokens, token],
      logProb: hypothesis.logProb + logit - total,
      isOver: token === endToken,
    }));
  });
  return next.sort((a, b) => b.logProb - a.logProb).slice(0, beams);
}
