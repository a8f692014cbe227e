import { cosine } from "@elbo/core";
import type { Schedule } from "@elbo/core";
import type { Protocol } from "../configuration/protocol.ts";

/** The part of the training images that is held out, as `train` does by default. */
const validation = 0.1;

/** Part of its highest value that a falling learning rate ends at. */
const lastShare = 0.01;

/**
 * Steps that a protocol trains for: whole batches of what is not held out, in every epoch.
 *
 * @param images of the training split
 */
export function stepsOf({ epochs, batchSize }: Protocol, images: number): number {
  const count = images - Math.round(images * validation);
  return epochs * Math.max(1, Math.floor(count / batchSize));
}

/**
 * The learning rate of a protocol over the steps of the whole training, also where a search pauses it.
 *
 * @param images of the training split
 */
export function learningRateOf(protocol: Protocol, images: number): number | Schedule {
  const { learningRate, schedule } = protocol;
  if (schedule === "constant") return learningRate;
  return cosine({
    from: learningRate,
    to: learningRate * lastShare,
    steps: stepsOf(protocol, images),
  });
}
