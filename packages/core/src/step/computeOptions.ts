import { engineNames } from "@elbo/jit";
import { rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import type { ComputeOptions } from "./compute.ts";

/** {@link ComputeOptions} as a table, for functions that take them among others. */
export const computeOptions = {
  engine: {
    rule: rules.oneOf(["auto", ...engineNames]),
    default: undefined,
    shown: "auto",
    doc: "what computes",
  },
  device: {
    rule: rules.oneOf(["cpu", "webgpu"]),
    default: undefined,
    shown: "cpu",
    doc: "where it computes",
  },
  threads: {
    rule: rules.either(rules.oneOf(["auto"]), rules.integer({ min: 1, max: 256 })),
    default: undefined,
    shown: "auto",
    doc: "threads inside one step",
  },
} satisfies OptionTable<ComputeOptions>;

/** The ways to compute that were given, later ones first: what is `undefined` in one is taken from the one before. */
export function computeOf(...given: readonly (object | undefined)[]): ComputeOptions {
  const merged: Record<string, unknown> = {};
  for (const options of given) {
    for (const name of Object.keys(computeOptions)) {
      const value = (options as Record<string, unknown> | undefined)?.[name];
      if (value !== undefined) merged[name] = value;
    }
  }
  return merged;
}
