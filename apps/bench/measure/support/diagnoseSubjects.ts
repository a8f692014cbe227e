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

interface Halves {
  readonly train: Split;
  readonly test: Split;
}

const image = async (load: () => Promise<Halves>): Promise<Subject> => {
  const { train, test } = await load();
  return subjectOf({ train, test, isTable: false });
};

/** The sets by name; rows of tables are split by the seed. */
export const subjects: Readonly<Record<string, (seed: number) => Promise<Subject>>> = {
  "fashion-mini, classes 0 to 4": () => image(() => clothes([0, 1, 2, 3, 4])),
  "fashion-mini, classes 5 to 9": () => image(() => clothes([5, 6, 7, 8, 9])),
  "fashion-mini, odd classes, 14 x 14": () => image(() => smallClothes([1, 3, 5, 7, 9])),
  sprites: () => image(sprites),
  discs: () => image(() => Promise.resolve(discs())),
  waves: () => image(() => Promise.resolve(waves())),
  beats: () => image(() => Promise.resolve(beats())),
  tumours: (seed) => rowsOf("breast-cancer.csv", { label: "diagnosis", seed }),
  wines: (seed) => rowsOf("wine.csv", { label: "cultivar", seed }),
  plants: (seed) => Promise.resolve(plants(seed)),
};

/** Some classes, called by their places among them. */
async function clothes(classes: readonly number[]): Promise<Halves> {
  const set = await load("fashion-mini");
  const of = (split: Split): Split => {
    const part = filterByLabel(split, [...classes]);
    return {
      ...part,
      labels: Uint8Array.from(part.labels ?? [], (label) => classes.indexOf(label)),
    };
  };
  return { train: of(set.train), test: of(set.test) };
}

/** Means of 2 x 2 pixels. */
async function smallClothes(classes: readonly number[]): Promise<Halves> {
  const set = await clothes(classes);
  const of = ({ data, shape: [count], labels }: Split): Split => {
    const small = Uint8Array.from({ length: count * 196 }, (_, i) => {
      const [n, y, x] = [Math.floor(i / 196), Math.floor((i % 196) / 14), i % 14];
      const at = n * 784 + 56 * y + 2 * x;
      return Math.round((data[at] + data[at + 1] + data[at + 28] + data[at + 29]) / 4);
    });
    return { data: small, shape: [count, 14, 14, 1], ...(labels === undefined ? {} : { labels }) };
  };
  return { train: of(set.train), test: of(set.test) };
}

/** Coloured discs of random place and size on grey, with noise: red, green and blue are the classes. */
function discs(): Halves {
  const [count, side] = [3000, 16];
  const random = new Random(6);
  const data = new Uint8Array(count * side * side * 3);
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 3);
  for (let n = 0; n < count; n++) {
    const [cx, cy] = [4 + 8 * random.uniform(), 4 + 8 * random.uniform()];
    const [radius, light] = [2 + 3 * random.uniform(), 0.6 + 0.4 * random.uniform()];
    for (let i = 0; i < side * side; i++) {
      const distance = Math.hypot((i % side) + 0.5 - cx, Math.floor(i / side) + 0.5 - cy);
      const inside = Math.min(Math.max(radius - distance + 0.5, 0), 1);
      for (let c = 0; c < 3; c++) {
        const colour = c === labels[n] ? 255 * light : 30;
        const value = inside * colour + (1 - inside) * 128 + 20 * (random.uniform() - 0.5);
        data[(n * side * side + i) * 3 + c] = Math.min(Math.max(Math.round(value), 0), 255);
      }
    }
  }
  return halves({ data, shape: [count, side, side, 3], labels });
}

/** The first factor of more than one value, the shape, is the class. */
async function sprites(): Promise<Halves> {
  const set = await load("sprites", { size: 16, count: 4000 });
  const labelled = ({ data, shape, factors }: Split): Split => {
    if (factors === undefined) throw new Error("internal: sprites without factors");
    const columns = factors.length / shape[0];
    const labels = Uint8Array.from({ length: shape[0] }, (_, i) => factors[i * columns]);
    return { data, shape, labels };
  };
  return { train: labelled(set.train), test: labelled(set.test) };
}

/** Pulses that swell and fade, on two channels, the second one later: classes differ in how many there are. */
function beats(): Halves {
  const [count, length] = [3000, 48];
  const random = new Random(7);
  const data = new Float32Array(count * length * 2);
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 3);
  for (let n = 0; n < count; n++) {
    const [phase, delay] = [random.uniform(), 0.3 * random.uniform()];
    const [height, width] = [0.4 + 0.5 * random.uniform(), 0.5 + random.uniform()];
    for (let i = 0; i < length * 2; i++) {
      const time = Math.floor(i / 2) / length - (i % 2) * delay;
      const pulse = Math.cos(Math.PI * ((labels[n] + 1) * time + phase)) ** 2;
      const value = height * pulse ** (4 * width) + 0.05 * random.uniform();
      data[n * length * 2 + i] = Math.min(value, 1);
    }
  }
  return halves({ data, shape: [count, length, 2], labels });
}

/** A table of 260 rows and 9 columns that three hidden numbers and a kind decide, on scales of their own. */
function plants(seed: number): Subject {
  const [count, columns] = [260, 9];
  const random = new Random(seed).fork("plants");
  const noise = new Float32Array(count * (columns + 3));
  random.fillNormalInto(noise);
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 3);
  const data = Float32Array.from({ length: count * columns }, (_, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    const hidden = noise.subarray(count * columns + 3 * row, count * columns + 3 * row + 3);
    const [a, b] = [hidden[column % 3], hidden[(column + 1) % 3]];
    const value = a + 0.5 * Math.sin(2 * b) + (labels[row] - 1) * ((column % 4) - 1);
    return 20 * (column + 1) + 3 ** (column % 4) * (value + 0.3 * noise[i]);
  });
  const all: Split = { data, shape: [count, columns], labels };
  return subjectOf({ ...divided(all, 182), isTable: true });
}

const shapes: readonly ((turn: number) => number)[] = [
  (turn) => Math.sin(2 * Math.PI * turn),
  (turn) => Math.sign(Math.sin(2 * Math.PI * turn)),
  (turn) => 2 * (turn - Math.floor(turn)) - 1,
];

/** Sines, squares and saws of random frequency, phase and height, with uniform noise, in [0, 1]. */
function waves(): Halves {
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
  return halves({ data, shape: [count, length, 1], labels });
}

/** The first five of six train. */
const halves = (all: Split): Halves => divided(all, Math.floor((5 * all.shape[0]) / 6));

/** The first ones in an order train, as they come unless said otherwise. */
function divided(
  all: Split,
  trained: number,
  order: readonly number[] = [...Array(all.shape[0]).keys()],
): Halves {
  return { train: take(all, order.slice(0, trained)), test: take(all, order.slice(trained)) };
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
  return subjectOf({ ...divided(all, trained, order), isTable: true });
}

function subjectOf({ train, test, isTable }: Pick<Subject, "train" | "test" | "isTable">): Subject {
  const shape = train.shape.slice(1);
  const labels = train.labels as ArrayLike<number>;
  const classes = 1 + Array.from(labels).reduce((most, label) => Math.max(most, label), 0);
  return { train, test, shape, values: shape.reduce((a, b) => a * b, 1), classes, isTable };
}
