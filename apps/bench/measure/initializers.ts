/**
 * Test ELBO by network, data set, length of training and initializer: what the defaults of `mlp`, `conv` and `resnet` were chosen by.
 *
 * `node --conditions=@elbo/source --import ./scripts/typescript.mjs apps/bench/measure/initializers.ts [--folder DIR] [--only TEXT]`
 *
 * `--folder` holds Fashion-MNIST (see `load`), `--only` takes the settings whose name has the text. Every run is one line on standard
 * output, and the table is printed at the end; results are recorded in docs/initialization.md.
 */
import { betaVae } from "@elbo/beta-vae";
import { evaluate, train } from "@elbo/core";
import type { Initializer } from "@elbo/core";
import { sprites } from "@elbo/datasets";
import type { Dataset } from "@elbo/datasets";
import { commandLine, seedsTo } from "./support/commandLine.ts";
import { binarized, loadImages } from "./support/fashion.ts";
import { markdownTable, summary } from "./support/record.ts";

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

const given = commandLine({ folder: "", only: "" });

const nameOf = ({ network, data, epochs }: Setting): string =>
  `${network} ${data} ${epochs} epochs`;

async function dataOf({ data }: Setting): Promise<Dataset> {
  const set = await (data === "sprites"
    ? sprites({ size: 32, count: 4000, seed: 1 })
    : loadImages(data, data === "fashion-mnist" ? given.folder : ""));
  return { ...set, train: binarized(set.train), test: binarized(set.test) };
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

const rows: string[][] = [];
for (const setting of settings.filter((row) => nameOf(row).includes(given.only))) {
  const data = await dataOf(setting);
  const cells: string[] = [];
  for (const initializer of initializers) {
    const elbos: number[] = [];
    for (const seed of seedsTo(setting.seeds)) {
      elbos.push(await testElbo(setting, data, { seed, initializer }));
      process.stdout.write(`${nameOf(setting)} ${initializer} ${seed} ${elbos[seed - 1]}\n`);
    }
    cells.push(summary(elbos));
  }
  const { network, data: name, epochs, seeds } = setting;
  rows.push([network, name, String(epochs), String(seeds), ...cells]);
}
process.stdout.write(markdownTable(["network", "data", "epochs", "seeds", ...initializers], rows));
