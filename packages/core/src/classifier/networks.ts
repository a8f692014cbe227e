/** The networks of a classifier: examples to features, features to logits. */
import type * as tfl from "@tensorflow/tfjs-layers";
import { assertKnownOptions, describeValue } from "@elbo/common";
import { assertLinearEnd, checkNetworks } from "../networks/checkNetworks.ts";
import { defaultHalvings } from "../networks/grids.ts";
import { NetworkBuilder } from "../networks/networkBuilder.ts";
import { readOptions, rules } from "@elbo/common";
import { sizeOf } from "../shape.ts";
import type { Networks } from "../step/part.ts";

/** Sizes of the fully connected network. */
export interface ClassifierMlp {
  readonly kind: "mlp";
  /** Sizes of the hidden layers, the last one the features; default `[256, 128]`. */
  readonly hidden?: readonly number[];
}

/** Sizes of the convolutional network. */
export interface ClassifierConv {
  readonly kind: "conv";
  /** Channels of the convolutions of stride 2, 4x4; default 32 in the first half and 64 in the rest, until fewer than 64 places are left. */
  readonly widths?: readonly number[];
  /** Sizes of the dense layers after them, the last one the features; default `[128]`. */
  readonly hidden?: readonly number[];
}

/** A network by name, with sizes, or networks of one's own: `features` `[B, ...example]` to `[B, F]`, `logits` `[B, F]` to `[B, classes]`. */
export type ClassifierNetwork = "mlp" | "conv" | ClassifierMlp | ClassifierConv | Networks;

/** What the networks are made for. */
export interface ClassifierShapes {
  readonly example: readonly number[];
  readonly classes: number;
  readonly seed: number;
}

const fn = "classifier";

const hidden = { rule: rules.sizes() };
const sizes = {
  mlp: { ...hidden, default: [256, 128] },
  conv: { ...hidden, default: [128] },
} as const;

/**
 * The networks of a choice.
 *
 * @throws TypeError or RangeError for an unknown choice, or networks that do not fit
 */
export function classifierNetworks(choice: ClassifierNetwork, shapes: ClassifierShapes): Networks {
  const { example } = shapes;
  const given = typeof choice === "string" ? { kind: choice } : choice;
  if (typeof given !== "object" || given === null) {
    throw new TypeError(
      `${fn}: network must be "mlp", "conv", an object with a kind, or { features, logits }, got ${describeValue(choice)}`,
    );
  }
  if (!("kind" in given)) return checkOwn(given, shapes);
  const { kind, ...options } = given as ClassifierMlp | ClassifierConv;
  if (kind === "mlp") {
    const own = readOptions(fn, { hidden: sizes.mlp }, options);
    return withLogits(new NetworkBuilder("features", [sizeOf(example)]), own.hidden, shapes);
  }
  if (kind !== "conv") {
    throw new RangeError(`${fn}: network.kind must be "mlp" or "conv", got ${describeValue(kind)}`);
  }
  if (example.length !== 2 && example.length !== 3) {
    throw new RangeError(
      `${fn}: example must be [height, width, channels] or [length, channels] for a conv network, got ${describeValue([...example])}`,
    );
  }
  const widths = { rule: rules.sizes(), default: defaultWidths(example) };
  const own = readOptions(fn, { widths, hidden: sizes.conv }, options);
  const builder = new NetworkBuilder("features", example, { isSignal: example.length === 2 });
  own.widths.forEach((size, i) =>
    builder.conv({ name: `conv${i + 1}`, size, kernel: 4, stride: 2 }),
  );
  return withLogits(builder.flatten(), own.hidden, shapes);
}

function defaultWidths(example: readonly number[]): readonly number[] {
  const image = example.length === 2 ? [example[0], 1] : example;
  const count = defaultHalvings(image);
  return Array.from({ length: count }, (_, i) => (i < count / 2 ? 32 : 64));
}

/** Dense layers, the last of which gives the features, and the linear layer of the logits. */
function withLogits(
  features: NetworkBuilder,
  layers: readonly number[],
  { classes, seed }: ClassifierShapes,
): Networks {
  const start = { seed, initializer: "he" } as const;
  layers.forEach((size, i) => features.dense({ name: `dense${i + 1}`, size }));
  const logits = new NetworkBuilder("logits", [layers[layers.length - 1]]);
  logits.dense({ name: "logits", size: classes, activation: "linear" });
  return { features: features.finish(start), logits: logits.finish(start) };
}

function checkOwn(networks: Networks, { classes }: ClassifierShapes): Networks {
  assertKnownOptions(`${fn}: network`, networks, ["features", "logits"]);
  for (const name of ["features", "logits"]) {
    const network = networks[name] as tfl.LayersModel | undefined;
    if (network === undefined || !("layers" in network)) {
      throw new TypeError(
        `${fn}: network.${name} must be a layers model, got ${describeValue(network)}`,
      );
    }
  }
  checkNetworks(fn, networks);
  assertLinearEnd(fn, { name: "logits", gives: "logits" }, networks["logits"]);
  const shapeOf = (name: string): (number | null)[] => networks[name].outputs[0].shape.slice(1);
  const shape = shapeOf("logits");
  if (shape.length !== 1 || shape[0] !== classes) {
    throw new RangeError(
      `${fn}: network.logits must give [${classes}] per example, got [${shape.join(", ")}]`,
    );
  }
  if (shapeOf("features").length !== 1) {
    throw new RangeError(
      `${fn}: network.features must give a vector per example, got [${shapeOf("features").join(", ")}]`,
    );
  }
  return networks;
}
