import type { NoiseKind } from "../random/noise.ts";

export type { NoiseKind };

/**
 * Noise that a part of a step asks for; core draws it from the seed and feeds it.
 *
 * `per: "example"` (default) gives `[B, ...shape]`, every example from a stream of its own outside training; with `draws`
 * it gives `[K, B, ...shape]`, where K is the number of latents per example that the objective or the evaluation asks for.
 * `per: "batch"` gives `shape` as it stands. A permutation of the rows of the batch is int32 `[count, B]`.
 */
export type NoiseSpec =
  | {
      readonly kind: NoiseKind;
      readonly shape: readonly number[];
      readonly per?: "example" | "batch";
      readonly draws?: boolean;
    }
  | { readonly kind: "permutation"; readonly count: number };

/** Specs by the name that the asker gives them. */
export type NoiseSpecs = Readonly<Record<string, NoiseSpec>>;
