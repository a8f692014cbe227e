import type { NdArray } from "@elbo/jit";
import { createModel } from "../latentModel/createModel.ts";
import type { LatentModel } from "../latentModel/latentModel.ts";
import { gaussian } from "../distributions/gaussian.ts";
import { reparameterized } from "../latents/reparameterized.ts";
import { bernoulliLikelihood } from "../likelihoods/bernoulli.ts";
import type { Objective } from "../model/objective.ts";
import { mlp } from "../networks/mlp.ts";
import { adam } from "../optimizers/adam.ts";
import { Random } from "../random/random.ts";
import { exampleTerms } from "../runner/terms.ts";
import { train } from "../training/train.ts";
import { Suite } from "./suite.ts";
import type { SuiteOptions } from "./suite.ts";

/** What {@link checkObjective} needs of an objective. */
export interface ObjectiveCase extends SuiteOptions {
  /** Makes one for latents `z` of size 3; called more than once. */
  readonly make: () => Objective;
  /** Makes the model that it is tried on; default a small VAE of binary vectors `[12]`. */
  readonly model?: (objective: Objective) => LatentModel;
  /** What that model is trained on. */
  readonly data?: NdArray;
  /** Whether the loss must fall within 60 steps; default true. */
  readonly mustFall?: boolean;
}

/** 64 vectors of two alternating patterns with some noise. */
function patterns(): NdArray {
  const random = new Random(3);
  const data = Float32Array.from({ length: 64 * 12 }, (_, i) => {
    const isOn = (Math.floor(i / 12) + Math.floor((i % 12) / 3)) % 2 === 0;
    return isOn !== random.uniform() < 0.05 ? 1 : 0;
  });
  return { data, shape: [64, 12] };
}

function smallModel(objective: Objective): LatentModel {
  const example = { x: bernoulliLikelihood([12]) };
  const latents = reparameterized({ size: 3, posterior: gaussian });
  const networks = mlp({ example, latents, hidden: [10], seed: 1 });
  return createModel({
    kind: "conformance",
    options: {},
    example,
    latents,
    networks,
    objective,
    seed: 1,
  });
}

/**
 * Checks that an objective keeps its contract on a small model: options that survive JSON; terms that are finite and, where they
 * are per example, do not depend on the other examples of the batch; weights that belong to terms; training that gives the
 * same bytes each time, agrees between engines, and makes the loss fall.
 *
 * @throws Error in one sentence for the first rule that it breaks
 */
export async function checkObjective(given: ObjectiveCase): Promise<void> {
  const objective = given.make();
  const suite = new Suite(`checkObjective: ${objective.kind}`, given);
  suite.expectJson(objective.options, given.make().options);
  const make = (): LatentModel => (given.model ?? smallModel)(given.make());
  const data = given.data ?? patterns();
  await checkTerms(suite, make(), data);
  await checkTraining(suite, make, { data, ...given });
}

async function checkTerms(suite: Suite, model: LatentModel, data: NdArray): Promise<void> {
  const rows = await model.rows("checkObjective", data);
  model.dataSize = rows.count;
  const termsOf = (batchSize: number): ReturnType<typeof exampleTerms> =>
    exampleTerms(model, rows, {
      random: new Random(1),
      step: 0,
      compute: {},
      batchSize,
      indices: [...Array(12).keys()],
    });
  const all = await termsOf(12);
  const few = await termsOf(4);
  const names = [...Object.keys(all.terms), ...Object.keys(all.ofBatch)];
  suite.expect(names.length > 0, "terms must be at least one", "none");
  for (const name of Object.keys(model.objective.weights ?? {})) {
    suite.expect(names.includes(name), `weights must belong to terms (${names.join(", ")})`, name);
  }
  for (const [name, values] of Object.entries({ ...all.terms, ...all.ofBatch })) {
    suite.expect(
      values.every(Number.isFinite),
      `the term ${name} must be finite`,
      values.find((value) => !Number.isFinite(value)),
    );
  }
  const mixesRows = Object.values(model.objective.noise ?? {}).some(
    ({ kind }) => kind === "permutation",
  );
  for (const [name, values] of mixesRows ? [] : Object.entries(few.terms)) {
    suite.expectClose(values, all.terms[name], {
      rule: `the term ${name} of an example must not depend on the others, or be of the batch`,
    });
  }
  model.dispose();
}

async function checkTraining(
  suite: Suite,
  make: () => LatentModel,
  { data, engines = ["auto"], mustFall = true }: ObjectiveCase & { readonly data: NdArray },
): Promise<void> {
  const run = async (
    engine: (typeof engines)[number],
    steps: number,
  ): Promise<{ losses: number[]; weights: Readonly<Record<string, NdArray>> }> => {
    const model = make();
    const optimizer = adam({ learningRate: 0.01 });
    const options = {
      steps,
      batchSize: 16,
      validation: 0,
      logEvery: 1,
      progress: "silent",
      optimizer,
      engine,
    } as const;
    const { history } = await train(model, data, options);
    const weights = await model.readWeights();
    model.dispose();
    return { losses: history.steps.map(({ loss }) => loss), weights };
  };
  const first = await run(engines[0], 60);
  suite.expect(first.losses.every(Number.isFinite), "the loss must be finite", first.losses);
  const again = await run(engines[0], 60);
  for (const [name, { data: values }] of Object.entries(first.weights)) {
    suite.expectClose(again.weights[name].data, values, {
      rule: `training twice must give the same ${name}`,
      rtol: 0,
      atol: 0,
    });
  }
  for (const engine of engines.slice(1)) {
    const other = await run(engine, 5);
    const rule = `${engine} must give the same losses as ${engines[0]}`;
    suite.expectClose(other.losses, first.losses.slice(0, 5), { rule, rtol: 1e-3, atol: 1e-3 });
  }
  const mean = (losses: readonly number[]): number =>
    losses.reduce((a, b) => a + b, 0) / losses.length;
  const [before, after] = [mean(first.losses.slice(0, 10)), mean(first.losses.slice(-10))];
  suite.expect(
    !mustFall || after < before,
    `the loss must fall below ${before} within 60 steps`,
    after,
  );
}
