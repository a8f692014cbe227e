import type { NdArray } from "@elbo/jit";
import { assertInteger, describeValue, rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import { conditionRows } from "../model/exampleRows.ts";
import type { LatentVariableModel } from "../model/latentVariableModel.ts";
import type { Prior } from "../priors/prior.ts";
import { Random } from "../random/random.ts";
import { runRows } from "../runner/rows.ts";
import { assertResultFits, oneOrAll, readCall, scalarsOfModel } from "./call.ts";
import type { CallOptions, NdArrays } from "./call.ts";
import { decodeCodes, readCodes, shownOptions } from "./decode.ts";
import type { ShownOptions } from "./decode.ts";
import { conditionColumns, drawNoise, priorNoise, sampleProgram } from "./programs.ts";

/** What {@link sample} is told besides the condition. */
interface OwnOptions extends ShownOptions {
  /** Draws the codes in the place of the model's own prior: a code prior, a mixture fitted to the posteriors. */
  readonly prior?: Prior;
  /** For a prior that has one (codes: divides the logits); default 1. */
  readonly temperature?: number;
}

/** Options of {@link sample}; example i is the same for any count. */
export interface SampleOptions extends CallOptions, OwnOptions {}

const sampleOptions = {
  ...shownOptions,
  prior: {
    rule: rules.such<Prior>(
      "a prior with sample(count, options)",
      (value) => typeof (value as Partial<Prior> | null)?.sample === "function",
    ),
    default: undefined,
    shown: "the model's",
    doc: "what draws the codes",
  },
  temperature: {
    rule: rules.number({ above: 0 }),
    default: undefined,
    shown: "1",
    doc: "spread of the prior's draws",
  },
} satisfies OptionTable<OwnOptions>;

/**
 * New examples: latents or codes from the prior, then the mean of the likelihood (or a draw from it).
 *
 * @param count number of examples
 * @throws Error with the scheme's sentence when there is no prior
 */
export async function sample(
  model: LatentVariableModel,
  count: number,
  options: SampleOptions = {},
): Promise<NdArray | NdArrays> {
  const fn = "sample";
  const { own, told, compute } = readCall({ model, fn }, sampleOptions, options);
  const { draw, seed, prior, temperature } = own;
  assertInteger({ fn, name: "count" }, count, { min: 1 });
  assertResultFits(model, { fn, name: "count" }, { count });
  const rows = await conditionRows(fn, model.condition, { given: told, count });
  if (prior !== undefined) {
    const drawn = await prior.sample(count, {
      seed,
      ...(temperature === undefined ? {} : { temperature }),
      ...told,
      ...compute,
    });
    const codes = await readCodes(fn, model, drawn);
    assertCount(codes, count);
    return oneOrAll(await decodeCodes(model, { codes, told: rows }, { draw, seed, compute }));
  }
  if (temperature !== undefined) {
    throw new TypeError(
      `${fn}: temperature must come with a prior that has one, got ${describeValue(temperature)} without a prior`,
    );
  }
  assertPriors(fn, model);
  const columns = await runRows(model, {
    name: `sample${draw ? " draw" : ""}`,
    program: () => sampleProgram(model, { draw }),
    compute,
    count,
    sources: [{ rows, columns: conditionColumns(model) }],
    noise: { ...priorNoise(model), ...drawNoise(model, { draw }) },
    random: new Random(seed).fork("sample"),
    scalars: scalarsOfModel(model),
  });
  return oneOrAll(columns);
}

function assertCount(codes: NdArrays, count: number): void {
  const [{ shape }] = Object.values(codes);
  if (shape[0] === count) return;
  throw new Error(`sample: prior must give ${count} codes, got ${shape[0]}`);
}

/** Refuses a model whose latents have no prior of their own. */
export function assertPriors(fn: string, { kind, levels }: LatentVariableModel): void {
  for (const latents of Object.values(levels)) {
    if (latents.prior !== undefined) continue;
    throw new Error(latents.noPrior ?? `${fn}: the model must have a prior, got a ${kind} without`);
  }
}
