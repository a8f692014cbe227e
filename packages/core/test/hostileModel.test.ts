import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runModule } from "@elbo/test-utils";
import type { ModuleRun } from "@elbo/test-utils";
import { afterAll, beforeAll, expect, test } from "vitest";
import { conditionalModel } from "./support/conditional.ts";

/** What these tests change of a description. */
interface Topology {
  class_name: string;
  config: { layers: { config: Record<string, unknown> }[] } & Record<string, unknown>;
}
interface Description {
  networks: { encoder: Topology };
  options: Record<string, unknown>;
}
type Layer = readonly [string, Readonly<Record<string, unknown>>];

type Attack = readonly [string, (description: Description) => void, RegExp];

/** A topology of layers one after the other. */
function chain(input: readonly (number | null)[], layers: readonly Layer[]): Topology {
  const first = {
    name: "input",
    class_name: "InputLayer",
    config: { batch_input_shape: input, dtype: "float32", sparse: false, name: "input" },
    inbound_nodes: [] as unknown[],
  };
  const rest = layers.map(([class_name, config], i) => ({
    name: `layer${i}`,
    class_name,
    config: { ...config, name: `layer${i}` },
    inbound_nodes: [[[i === 0 ? "input" : `layer${i - 1}`, 0, 0, {}]]],
  }));
  const output_layers = [[`layer${layers.length - 1}`, 0, 0]];
  const config = { name: "chain", layers: [first, ...rest], input_layers: [["input", 0, 0]] };
  return { class_name: "Model", config: { ...config, output_layers } };
}

const dense = (changes: Record<string, unknown>) => (description: Description) => {
  Object.assign(description.networks.encoder.config.layers[1].config, changes);
};
const layers =
  (input: readonly (number | null)[], ...list: readonly Layer[]) =>
  (description: Description) => {
    description.networks.encoder = chain(input, [...list, ["Dense", { units: 4 }]]);
  };
const ones = { class_name: "Ones", config: {} };
const orthogonal = { class_name: "Orthogonal", config: { gain: 1 } };
const maps = [null, 8, 8, 1];
const sequence: Layer = ["Reshape", { target_shape: [64, 1] }];
const pooling: Layer = ["GlobalAveragePooling2D", {}];

const attacks: readonly Attack[] = [
  [
    "units",
    dense({ units: 8_000_000, kernel_initializer: ones }),
    /kernel of the shape \[67, 8000000\]/,
  ],
  [
    "units and an orthogonal start",
    dense({ units: 8000, kernel_initializer: orthogonal }),
    /\[67, 8000\]/,
  ],
  [
    "units and no initializer",
    dense({ units: 8_000_000, kernel_initializer: undefined }),
    /8000000/,
  ],
  [
    "a kernel",
    layers(maps, ["Conv2D", { filters: 1, kernel_size: [30_000, 30_000] }], pooling),
    /\[30000, 30000, 1, 1\]/,
  ],
  [
    "an embedding",
    layers([null, 64], ["Embedding", { input_dim: 1e8, output_dim: 10 }]),
    /\[100000000, 10\]/,
  ],
  ["recurrent units", layers(maps, sequence, ["LSTM", { units: 20_000 }]), /\[1, 80000\]/],
  [
    "units inside of a wrapper",
    layers(maps, sequence, [
      "Bidirectional",
      { layer: { class_name: "GRU", config: { units: 20_000 } }, merge_mode: "sum" },
    ]),
    /\[1, 60000\]/,
  ],
  [
    "the states of a batch",
    layers([1e8, 8, 8, 1], sequence, ["SimpleRNN", { units: 10, stateful: true }]),
    /a layer that keeps its state between batches/,
  ],
  [
    "repetitions",
    layers([null, 64], ["RepeatVector", { n: 1e9 }], ["Flatten", {}]),
    /\[64000000000, 4\]/,
  ],
  [
    "an upsampling",
    layers(maps, ["UpSampling2D", { size: [1e5, 1e5] }], pooling),
    /a layer layer0 of more/,
  ],
  [
    "a padding",
    layers(
      maps,
      [
        "ZeroPadding2D",
        {
          padding: [
            [1e5, 1e5],
            [1e5, 1e5],
          ],
        },
      ],
      pooling,
    ),
    /a layer layer0 of more/,
  ],
  [
    "latents",
    ({ options }) => void (options["latent"] = 3e8),
    /a variable of the shape \[600000000\]/,
  ],
  [
    "classes",
    ({ options }) => void (options["classes"] = 3e7),
    /a variable of the shape \[30000000, 3\]/,
  ],
];

/** Loads models in a process of its own, and prints what came of each on a line. */
const load = (directories: readonly string[]): Promise<ModuleRun> =>
  runModule(
    `import { loadModel } from "../src/index.ts";
    import { conditionalKind } from "./support/conditional.ts";
    for (const directory of ${JSON.stringify(directories)}) {
      console.log(await loadModel(directory, conditionalKind).then(() => "loaded", (error) => error.message));
    }`,
    new URL(".", import.meta.url),
  );

let root = "";
let honest: ModuleRun;
let attacked: ModuleRun;
let answers: string[];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "elbo-hostile-"));
  const saved = join(root, "saved");
  const model = conditionalModel({ latent: 2, classes: 3 });
  await model.save(saved);
  const text = await readFile(join(saved, "model.json"), "utf8");
  const directories = attacks.map((_, i) => join(root, String(i)));
  for (const [i, [, change]] of attacks.entries()) {
    await cp(saved, directories[i], { recursive: true });
    const description = JSON.parse(text) as Description;
    change(description);
    await writeFile(join(directories[i], "model.json"), JSON.stringify(description));
  }
  honest = await load([saved]);
  attacked = await load(directories);
  answers = attacked.output.split("\n");
});
afterAll(async () => {
  await rm(root, { recursive: true });
});

test("an honest model loads", () => {
  expect(honest).toMatchObject({ output: "loaded\n", errors: "" });
});

test.each(attacks.map(([name, , got], i) => [name, got, i] as const))(
  "%s beyond the file of weights are refused in one sentence",
  (_, got, i) => {
    expect(answers[i]).toMatch(
      /^loadModel: the (network encoder|options) in \S+ must be .*, got: .*$/,
    );
    expect(answers[i]).toMatch(got);
  },
);

test("what is refused is not allocated", () => {
  expect(attacked.errors).toBe("");
  // The smallest of the attacks asks for 400 MB; processes differ by some 20 without cause.
  expect(attacked.peak).toBeLessThan(honest.peak + 100);
});
