/** What the trainings of measure/diagnose.ts see: pictures, signals and tables of a few hundred to a few thousand examples. */
import { Random } from "@elbo/core";
import { filterByLabel, fromCsv, load, take } from "@elbo/datasets";
import type { Split } from "@elbo/datasets";

/** What models are trained on, with a class for every example. */
export interface Subject {
  readonly train: Split;
  readonly test: Split;
  readonly shape: readonly number[];
  /** Values of an example. */
  readonly values: number;
  readonly classes: number;
  readonly isTable: boolean;
}

const image = async (load: () => Promise<{ train: Split; test: Split }>): Promise<Subject> => {
  const { train, test } = await load();
  return subjectOf({ train, test, isTable: false });
};

/** The sets by name; rows of tables are split by the seed. */
export const subjects: Readonly<Record<string, (seed: number) => Promise<Subject>>> = {
  "fashion-mini, classes 0 to 4": () => image(() => clothes(0)),
  "fashion-mini, classes 5 to 9": () => image(() => clothes(5)),
  sprites: () => image(sprites),
  waves: () => image(() => Promise.resolve(waves())),
  tumours: (seed) => rowsOf("breast-cancer.csv", { label: "diagnosis", seed }),
  wines: (seed) => rowsOf("wine.csv", { label: "cultivar", seed }),
};

/** Five classes, called 0 to 4. */
async function clothes(first: number): Promise<{ train: Split; test: Split }> {
  const set = await load("fashion-mini");
  const own = [0, 1, 2, 3, 4].map((label) => first + label);
  const of = (split: Split): Split => {
    const part = filterByLabel(split, own);
    return { ...part, labels: Uint8Array.from(part.labels ?? [], (label) => label - first) };
  };
  return { train: of(set.train), test: of(set.test) };
}

/** The first factor of more than one value, the shape, is the class. */
async function sprites(): Promise<{ train: Split; test: Split }> {
  const set = await load("sprites", { size: 16, count: 4000 });
  const labelled = ({ data, shape, factors }: Split): Split => {
    if (factors === undefined) throw new Error("internal: sprites without factors");
    const columns = factors.length / shape[0];
    const labels = Uint8Array.from({ length: shape[0] }, (_, i) => factors[i * columns]);
    return { data, shape, labels };
  };
  return { train: labelled(set.train), test: labelled(set.test) };
}

const shapes: readonly ((turn: number) => number)[] = [
  (turn) => Math.sin(2 * Math.PI * turn),
  (turn) => Math.sign(Math.sin(2 * Math.PI * turn)),
  (turn) => 2 * (turn - Math.floor(turn)) - 1,
];

/** Sines, squares and saws of random frequency, phase and height, with uniform noise, in [0, 1]. */
function waves(): { train: Split; test: Split } {
  const [count, length] = [3000, 64];
  const random = new Random(5);
  const data = new Float32Array(count * length);
  const labels = Uint8Array.from({ length: count }, (_, i) => i % shapes.length);
  for (let i = 0; i < count; i++) {
    const [frequency, phase] = [1 + 3 * random.uniform(), random.uniform()];
    const height = 0.2 + 0.25 * random.uniform();
    for (let t = 0; t < length; t++) {
      const value = shapes[labels[i]]((frequency * t) / length + phase);
      data[i * length + t] = Math.min(
        Math.max(0.5 + height * value + 0.06 * (random.uniform() - 0.5), 0),
        1,
      );
    }
  }
  const all: Split = { data, shape: [count, length, 1], labels };
  const from = (first: number, last: number): Split =>
    take(
      all,
      Array.from({ length: last - first }, (_, i) => first + i),
    );
  return { train: from(0, 2500), test: from(2500, count) };
}

/** Seven of ten rows train. */
async function rowsOf(
  file: string,
  { label, seed }: { readonly label: string; readonly seed: number },
): Promise<Subject> {
  const path = new URL(`../../../../examples/table/${file}`, import.meta.url);
  const all = (await fromCsv(path, { label, testFraction: 0 })).train;
  const order = [...new Random(seed).fork("table").permutation(all.shape[0])];
  const trained = Math.round(0.7 * order.length);
  return subjectOf({
    train: take(all, order.slice(0, trained)),
    test: take(all, order.slice(trained)),
    isTable: true,
  });
}

function subjectOf({ train, test, isTable }: Pick<Subject, "train" | "test" | "isTable">): Subject {
  const shape = train.shape.slice(1);
  const labels = train.labels as ArrayLike<number>;
  const classes = 1 + Array.from(labels).reduce((most, label) => Math.max(most, label), 0);
  return { train, test, shape, values: shape.reduce((a, b) => a * b, 1), classes, isTable };
}
