/**
 * What a step of M2 with n labelled and n other rows costs beside a step of a conditional VAE with the n labelled rows alone: 10 classes
 * make `n + 10 n` rows of one pass, so at most about 11 times, and less where n rows are too few to fill the kernels.
 *
 * `node --conditions=@elbo/source --import ./scripts/typescript.mjs apps/bench/measure/semiSupervisedCost.ts [--rows N] [--rounds N]`
 *
 * Both have the network 784-400-16 and see Fashion-MNIST's small set; a round times both, one after the other, and the medians over the
 * rounds are compared. Writes apps/bench/recorded/semi-supervised-cost.md.
 */
import { cpus } from "node:os";
import { writeWhole } from "@elbo/common/node";
import { train } from "@elbo/core";
import type { LatentModel } from "@elbo/core";
import { cvae, labelledPlan, semiSupervised } from "@elbo/cvae";
import { load } from "@elbo/datasets";
import { commandLine } from "./support/commandLine.ts";
import { markdownTable, recordedFile } from "./support/record.ts";

const { rows: labelled, rounds: count } = commandLine({ rows: 64, rounds: 7 });
const { train: images } = await load("fashion-mini");
const truth = images.labels as ArrayLike<number>;
const half = Int32Array.from(truth, (label, i) => (i < truth.length / 2 ? label : -1));
const shared = { image: [28, 28, 1], latent: 16, classes: 10, seed: 1 } as const;
const options = { validation: 0, progress: "silent", seed: 1 } as const;

/** Milliseconds of a step: the difference of a long and a short run, so that neither compilation nor the start counts. */
async function timed(run: (steps: number) => Promise<unknown>): Promise<number> {
  const [short, long] = [5, 45];
  const times: number[] = [];
  for (const steps of [short, long]) {
    const start = performance.now();
    await run(steps);
    times.push(performance.now() - start);
  }
  return (times[1] - times[0]) / (long - short);
}

const conditional = (steps: number): Promise<unknown> =>
  fresh(cvae({ ...shared, prior: "standard" }), (model) =>
    train(model, images, { ...options, steps, batchSize: labelled }),
  );
const rows = { labelled, unlabelled: labelled };
const marginal = (steps: number): Promise<unknown> =>
  fresh(semiSupervised({ ...shared, rows }), (model) =>
    train(
      model,
      { ...images, labels: half },
      { ...options, steps, plan: labelledPlan(half, rows) },
    ),
  );

async function fresh(
  model: LatentModel,
  use: (model: LatentModel) => Promise<unknown>,
): Promise<void> {
  await use(model);
  model.dispose();
}

const rounds: { readonly alone: number; readonly m2: number }[] = [];
for (let round = 0; round < count; round++) {
  rounds.push({ alone: await timed(conditional), m2: await timed(marginal) });
}
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1];
const alone = median(rounds.map((round) => round.alone));
const m2 = median(rounds.map((round) => round.m2));
const ratio = median(rounds.map((round) => round.m2 / round.alone));
const table = markdownTable(
  ["step", "rows of a pass", "ms, median"],
  [
    ["conditional VAE, labelled rows alone", String(labelled), alone.toFixed(2)],
    ["M2, as many labelled and other rows", String(11 * labelled), m2.toFixed(2)],
  ],
);
const text = `# What the sum over 10 classes costs

${table}
Ratio, median of ${rounds.length} rounds: **${ratio.toFixed(1)}**; the aim is at most 12. ${cpus()[0].model.trim()}, ${cpus().length} threads, Node ${process.versions.node}.

\`node --conditions=@elbo/source --import ./scripts/typescript.mjs apps/bench/measure/semiSupervisedCost.ts --rows ${labelled}\`
`;
await writeWhole(recordedFile("semi-supervised-cost.md"), text);
process.stdout.write(text);
