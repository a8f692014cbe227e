import { assertInteger, describeValue, rules } from "@elbo/common";
import type { Latents } from "../latents/latents.ts";
import type { ExampleSpec } from "../likelihoods/likelihood.ts";
import { sizeOf } from "../shape.ts";
import type { Initializer } from "./initializers.ts";
import { initializerNames } from "./initializers.ts";
import { injectionRule, injectionsOf } from "./injection.ts";
import type { InjectionChoice } from "./injection.ts";

/** What every maker of networks needs to know of the model. */
export interface NetworkShapes {
  /** What is explained: gives the encoder's input and the decoder's output. */
  readonly example: ExampleSpec;
  /** The encoder gives its features, the decoder takes its latents. */
  readonly latents: Pick<Latents<unknown>, "features" | "latent">;
  /** Joins both inputs, as further values of a vector or as further channels, unless `inject` says otherwise. */
  readonly condition?: { readonly size: number };
  /** How the condition enters the networks; default: it joins their inputs. */
  readonly inject?: InjectionChoice | undefined;
  /** Seed of the initial weights; default 0. */
  readonly seed?: number;
}

/** What every maker of networks lets choose. */
export interface NetworkOptions {
  /** How weights start: see {@link Initializer}; the default is the one that was measured best for that network. */
  readonly initializer?: Initializer;
}

/** {@link NetworkShapes} as sizes. */
export interface CheckedShapes {
  /** Shape per example of the encoder's input, without the condition: that of the one column, or `[n]` for several. */
  readonly input: readonly number[];
  /** Shape per example of the decoder's output. */
  readonly output: readonly number[];
  readonly features: readonly number[];
  readonly latent: readonly number[];
  /** 0 without a condition. */
  readonly condition: number;
  readonly inject: ReturnType<typeof injectionsOf>;
  readonly seed: number;
}

/** The keys of {@link NetworkShapes} in a table of options; they are checked by {@link checkShapes}. */
export const shapeOptions = {
  example: { rule: rules.any<ExampleSpec>() },
  latents: { rule: rules.any<NetworkShapes["latents"]>() },
  condition: { rule: rules.any<{ readonly size: number }>(), default: undefined },
  inject: { rule: injectionRule, default: undefined },
  seed: { rule: rules.integer(), default: 0 },
} as const;

/** The choice of how weights start, for a table of options. */
export const initializerRule = rules.oneOf(initializerNames);

/**
 * The sizes of the networks of a model.
 *
 * @throws TypeError or RangeError when something is missing or no shape
 */
export function checkShapes(fn: string, shapes: NetworkShapes): CheckedShapes {
  const { example, latents, condition, inject, seed = 0 } = shapes;
  const columns = Object.values(example);
  if (columns.length === 0) {
    throw new RangeError(`${fn}: example must have at least one column, got none`);
  }
  const inputs = columns.map(({ input, column }) => input?.shape ?? column.shape);
  const outputs = columns.map(({ parameterShape }) => parameterShape);
  if (latents?.features === undefined || latents.latent === undefined) {
    throw new TypeError(
      `${fn}: latents must be a scheme with features and latent, one level, got ${describeValue(latents)}`,
    );
  }
  const size = condition?.size ?? 0;
  assertInteger({ fn, name: "condition.size" }, size, { min: 0 });
  return {
    input: joined(inputs),
    output: joined(outputs),
    features: latents.features,
    latent: latents.latent,
    condition: size,
    inject: injectionsOf(inject),
    seed,
  };
}

/** The shape of one column, or the number of values of several. */
const joined = (shapes: readonly (readonly number[])[]): readonly number[] =>
  shapes.length === 1 ? shapes[0] : [shapes.reduce((sum, shape) => sum + sizeOf(shape), 0)];

/** A shape with the condition as further values or channels. */
export function withCondition(shape: readonly number[], condition: number): readonly number[] {
  return [...shape.slice(0, -1), (shape.at(-1) ?? 1) + condition];
}
