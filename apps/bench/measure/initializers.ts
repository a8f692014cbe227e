/**
 * Test ELBO by network, data set, length of training and initializer: what the defaults of `mlp`, `conv` and `resnet` were chosen by.
 *
 * `node --conditions=@elbo/source --import ./scripts/typescript.mjs apps/bench/measure/initializers.ts [--folder DIR] [--only TEXT]`
 *
 * `--folder` holds Fashion-MNIST (see `load`), `--only` takes the settings whose name has the text. Every run is one line on standard
 * output, and the table is printed at the end; results are recorded in docs/initialization.md.
 */
import { parseArgs } from "node:util";
import { betaVae } from "@elbo/beta-vae";
import { evaluate, train } from "@elbo/core";
import type { Initializer } from "@elbo/core";
import { load, sprites } from "@elbo/datasets";
import type { Dataset } from "@elbo/datasets";

interface Setting {
  readonly network: "mlp" | "conv" | "resnet";
  readonly data: "fashion-mnist" | "fashion-mini" | "sprites";
  readonly epochs: number;
  readonly seeds: number;
}

const settings: readonly Setting[] = [
  { network: "mlp", data: "fashion-mnist", epochs: 10, seeds: 5 },
  { network: "mlp", data: "fashion-mini", epochs: 5, seeds: 2 },
  { network: "mlp", data: "fashion-mini", epochs: 50, seeds: 2 },
  { network: "mlp", data: "sprites", epochs: 10, seeds: 2 },
  { network: "mlp", data: "sprites", epochs: 50, seeds: 2 },
  { network: "conv", data: "fashion-mini", epochs: 5, seeds: 2 },
  { network: "conv", data: "fashion-mini", epochs: 25, seeds: 2 },
  { network: "conv", data: "sprites", epochs: 5, seeds: 2 },
  { network: "conv", data: "sprites", epochs: 25, seeds: 2 },
  { network: "resnet", data: "fashion-mini", epochs: 3, seeds: 2 },
  { network: "resnet", data: "fashion-mini", epochs: 10, seeds: 2 },
  { network: "resnet", data: "sprites", epochs: 3, seeds: 2 },
  { network: "resnet", data: "sprites", epochs: 10, seeds: 2 },
];

const initializers: readonly Initializer[] = ["he", "glorot", "fan-in"];

const { values: given } = parseArgs({
  options: { folder: { type: "string" }, only: { type: "string", default: "" } },
});

const nameOf = ({ network, data, epochs }: Setting): string =>
  `${network} ${data} ${epochs} epochs`;

/** Black and white: grey levels of 128 and more are white, so that the data are the same for everybody. */
function thresholded(set: Dataset): Dataset {
  const part = (split: Dataset["train"]): Dataset["train"] => ({
    ...split,
    data: Uint8Array.from(split.data, (level) => (level >= 128 ? 255 : 0)),
  });
  return { ...set, train: part(set.train), test: part(set.test) };
}

async function dataOf({ data }: Setting): Promise<Dataset> {
  if (data === "sprites") return thresholded(sprites({ size: 32, count: 4000, seed: 1 }));
  if (data === "fashion-mini") return thresholded(await load(data));
  const { folder } = given;
  return thresholded(await load(data, folder === undefined ? {} : { folder }));
}

async function testElbo(
  { network, epochs }: Setting,
  { train: images, test }: Dataset,
  { seed, initializer }: { readonly seed: number; readonly initializer: Initializer },
): Promise<number> {
  const model = betaVae({
    image: images.shape.slice(1),
    latent: 20,
    network: { kind: network, initializer },
    seed,
  });
  await train(model, images, { epochs, seed, validation: 0, progress: "silent" });
  const { elbo } = await evaluate(model, test, { samples: 1 });
  model.dispose();
  return elbo.mean;
}

/** Mean and standard deviation, `-128.8 ± 0.2`. */
function summary(elbos: readonly number[]): string {
  const mean = elbos.reduce((sum, value) => sum + value, 0) / elbos.length;
  const squares = elbos.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return `${mean.toFixed(2)} ± ${Math.sqrt(squares / (elbos.length - 1)).toFixed(2)}`;
}

const rows: string[] = [];
for (const setting of settings.filter((row) => nameOf(row).includes(given.only))) {
  const data = await dataOf(setting);
  const cells: string[] = [];
  for (const initializer of initializers) {
    const elbos: number[] = [];
    for (let seed = 1; seed <= setting.seeds; seed++) {
      elbos.push(await testElbo(setting, data, { seed, initializer }));
      process.stdout.write(`${nameOf(setting)} ${initializer} ${seed} ${elbos[seed - 1]}\n`);
    }
    cells.push(summary(elbos));
  }
  const { network, data: name, epochs, seeds } = setting;
  rows.push(`| ${[network, name, epochs, seeds, ...cells].join(" | ")} |`);
  process.stdout.write(`${rows.at(-1) ?? ""}\n`);
}
const head = ["network", "data", "epochs", "seeds", ...initializers];
process.stdout.write(
  `| ${head.join(" | ")} |\n|${" --- |".repeat(head.length)}\n${rows.join("\n")}\n`,
);
