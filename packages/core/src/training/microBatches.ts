import { layoutOf } from "../runner/feeds.ts";
import { isOfBatch } from "../step/terms.ts";
import type { Terms } from "../step/terms.ts";
import type { Trainable } from "../step/trainable.ts";

/** @throws RangeError that a batch must stay whole, and why */
export function refuseParts(condition: string, got: string): never {
  throw new RangeError(
    `train: microBatches must be 1 unless ${condition}, got ${got}; parts of a batch would give another result than the batch`,
  );
}

/** Refuses terms of the whole batch. */
export function refuseTermsOfBatch(terms: Terms): void {
  const found = Object.entries(terms).find(([, term]) => isOfBatch(term));
  if (found === undefined) return;
  refuseParts("all terms are per example", `the term ${found[0]} of the batch`);
}

/** Refuses what a part of a batch would not see as the whole batch does. */
export function assertDivisible(
  trainable: Trainable,
  { microBatches, batchSize }: { readonly microBatches: number; readonly batchSize: number },
): void {
  if (microBatches === 1) return;
  if (batchSize % microBatches !== 0) {
    throw new RangeError(
      `train: microBatches must divide the batch size (${batchSize}), got ${microBatches}`,
    );
  }
  if (trainable.afterStep !== undefined) {
    refuseParts(
      "nothing but gradients moves variables",
      `${trainable.kind}, which has an afterStep`,
    );
  }
  for (const [name, spec] of Object.entries(trainable.noise ?? {})) {
    if (spec.kind === "permutation" || layoutOf(spec, 1).per === "batch") {
      refuseParts("all noise is per example", `the noise ${name} of the batch`);
    }
  }
}
