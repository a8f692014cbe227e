import type { Random } from "./random.ts";

/** What a distribution needs to be drawn from: N(0, 1), uniform on `[0, 1)`, or standard Gumbel. */
export type NoiseKind = "normal" | "uniform" | "gumbel";

/**
 * Fills `out` with independent draws of a kind.
 *
 * @throws TypeError when the kind is unknown
 */
export function fillNoiseInto(out: Float32Array, kind: NoiseKind, random: Random): void {
  switch (kind) {
    case "normal":
      random.fillNormalInto(out);
      return;
    case "uniform":
      random.fillUniformInto(out);
      return;
    case "gumbel":
      random.fillGumbelInto(out);
      return;
    default:
      throw new TypeError(
        `fillNoiseInto: kind must be "normal", "uniform" or "gumbel", got ${JSON.stringify(kind)}`,
      );
  }
}
