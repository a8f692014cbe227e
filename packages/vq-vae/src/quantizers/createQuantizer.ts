import { createRegistry, describeValue, scheduleFromJson } from "@elbo/core";
import type { JsonObject, Quantizer } from "@elbo/core";
import { binary, type BinaryOptions } from "./binary.ts";
import { finiteScalar, type FiniteScalarOptions } from "./finiteScalar.ts";
import { gumbelSoftmax, type GumbelSoftmaxOptions } from "./gumbelSoftmax.ts";
import { product } from "./product.ts";
import { projected } from "./projected.ts";
import { residual } from "./residual.ts";
import { simVq, type SimVqOptions } from "./simVq.ts";
import { vectorQuantizer, type VectorQuantizerOptions } from "./vectorQuantizer.ts";

/** Makes a quantizer of its kind; `options` may come from a file. */
export type QuantizerMaker = (options: JsonObject) => Quantizer;

/** What factories take as quantizer: a kind with its defaults, a kind with options, or one that is made already. */
export type QuantizerChoice =
  | "vector"
  | "fsq"
  | "binary"
  | "sim-vq"
  | "gumbel"
  | ({ readonly kind: "vector" } & VectorQuantizerOptions)
  | ({ readonly kind: "fsq" } & FiniteScalarOptions)
  | ({ readonly kind: "binary" } & BinaryOptions)
  | ({ readonly kind: "sim-vq" } & SimVqOptions)
  | ({ readonly kind: "gumbel" } & GumbelSoftmaxOptions)
  | {
      readonly kind: "residual";
      readonly parts: readonly QuantizerChoice[];
      readonly dropout?: number;
      readonly seed?: number;
    }
  | {
      readonly kind: "product";
      readonly parts: readonly QuantizerChoice[];
      readonly seed?: number;
    }
  | {
      readonly kind: "projected";
      readonly quantizer: QuantizerChoice;
      readonly codeDim: number;
      readonly seed?: number;
    }
  | Quantizer;

const makers = createRegistry<QuantizerMaker>("quantizer", {
  vector: (options) => vectorQuantizer(withSchedule(options)),
  fsq: (options) => finiteScalar(unseeded("finiteScalar", options)),
  binary: (options) => binary(unseeded("binary", options)),
  "sim-vq": simVq,
  gumbel: (options) => gumbelSoftmax(withSchedule(options)),
  residual: ({ parts, seed, ...options }) => residual(partsOf("residual", parts, seed), options),
  product: ({ parts, seed, ...others }) => {
    refuseOthers("product", others);
    return product(partsOf("product", parts, seed));
  },
  projected: ({ quantizer, codeDim, seed = 0, ...others }) => {
    refuseOthers("projected", others);
    const part = createQuantizer(quantizer as QuantizerChoice, { seed: seed as number });
    return projected(part, codeDim as number, { seed: seed as number });
  },
});

/** Lets a kind of quantizer be named in factories and loaded with models. */
export function registerQuantizer(kind: string, make: QuantizerMaker): void {
  makers.register(kind, make);
}

/** What {@link createQuantizer} gives to kinds that are not told otherwise. */
export interface QuantizerDefaults {
  readonly seed?: number;
}

/**
 * The quantizer of a choice.
 *
 * @param given `"fsq"`, `{ kind: "fsq", levels: [8, 6, 5] }`, or a quantizer
 * @param defaults `seed` for kinds that have one and are given none; parts of composed ones get seeds that count up from it
 * @throws TypeError, RangeError or Error when the kind or an option is unknown or out of range
 */
export function createQuantizer(
  given: QuantizerChoice,
  { seed }: QuantizerDefaults = {},
): Quantizer {
  const fn = "createQuantizer";
  const choice: unknown = typeof given === "string" ? { kind: given } : given;
  if (typeof choice !== "object" || choice === null) {
    throw new TypeError(
      `${fn}: quantizer must be a name, an object with a kind, or a quantizer, got ${describeValue(given)}`,
    );
  }
  if ("quantize" in choice) return choice as Quantizer;
  const { kind, ...options } = choice as JsonObject;
  const make = makers.find(fn, kind);
  return make({ ...(seed === undefined ? {} : { seed }), ...options });
}

function partsOf(fn: string, parts: unknown, seed: unknown = 0): Quantizer[] {
  if (!Array.isArray(parts)) {
    throw new TypeError(`${fn}: parts must be a list of quantizers, got ${describeValue(parts)}`);
  }
  return parts.map((part: QuantizerChoice, i) =>
    createQuantizer(part, { seed: (seed as number) + i }),
  );
}

/** Options with the schedule of a file made a schedule again. */
function withSchedule(options: JsonObject): JsonObject {
  const { temperature } = options;
  if (typeof temperature !== "object" || temperature === null) return options;
  return { ...options, temperature: scheduleFromJson(temperature) as unknown as number };
}

/** Options of a kind without randomness: a seed from the model says nothing to it. */
function unseeded(fn: string, { seed, ...options }: JsonObject): JsonObject {
  if (seed !== undefined && typeof seed !== "number") {
    throw new TypeError(`${fn}: seed must be a number, got ${describeValue(seed)}`);
  }
  return options;
}

function refuseOthers(fn: string, others: JsonObject): void {
  const [name] = Object.keys(others);
  if (name === undefined) return;
  throw new TypeError(
    `${fn}: options must be parts, quantizer, codeDim or seed, got ${describeValue(name)}`,
  );
}
