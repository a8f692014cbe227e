import { createHash } from "node:crypto";
import type { JsonObject, JsonValue } from "@elbo/core";
import type { Halving, Protocol } from "../configuration/protocol.ts";

/** One training: everything that its numbers depend on, and what it is called. */
export interface Trial {
  /** Digest of model, options, protocol, seed and version; names its folder. */
  readonly id: string;
  /** Row of the comparison that it belongs to. */
  readonly row: string;
  readonly title: string;
  /** What it is, where the configuration says so. */
  readonly summary?: string;
  /** A kind of model of the bench, and the options that it is made with over those of the protocol. */
  readonly model: string;
  readonly options: JsonObject;
  readonly protocol: Protocol;
  readonly seed: number;
  /** Version of elbo. */
  readonly elbo: string;
  /** The configuration's row that a search made it from; equal to `row` without one. */
  readonly entry: string;
  /** What is measured of it; not part of the digest: measures are taken later of what is trained already. */
  readonly measures: readonly string[];
  /** When settings of the same entry are compared and given up; absent: never. */
  readonly halving?: Halving;
}

/** JSON with the keys of every object in order, so that equal values have equal texts. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(
          Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)) as [
            string,
            JsonValue,
          ][],
        )
      : inner,
  );
}

/**
 * The digest of what a trial's numbers depend on: 16 hexadecimal digits of SHA-256. Names and titles are not part of it, nor is where
 * files lie whose contents are known by a digest: on another machine that is elsewhere.
 */
export function trialId({
  model,
  options,
  protocol,
  seed,
  elbo,
}: Pick<Trial, "model" | "options" | "protocol" | "seed" | "elbo">): string {
  const { contents, dataset, ...others } = protocol;
  const data = contents === undefined ? { dataset } : { contents };
  const known = { model, options, protocol: { ...data, ...others }, seed, elbo };
  const text = canonicalJson(withoutPlaces(known));
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/** A value without `file` in every object that has a digest beside it. */
function withoutPlaces(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withoutPlaces);
  if (typeof value !== "object" || value === null) return value;
  const isKnown = "sha256" in value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== "file" || !isKnown)
      .map(([key, inner]) => [key, withoutPlaces(inner)]),
  );
}
