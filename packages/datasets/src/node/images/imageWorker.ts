/** A thread that reads image files, one at a time, for {@link ImageReader}. */
import { parentPort, workerData } from "node:worker_threads";
import { reasonOf } from "@elbo/common";
import type { OpaqueImage } from "../../images/image.ts";
import type { Preparation } from "../../images/prepare.ts";
import { PixelBudget } from "./pixelBudget.ts";
import { readImage } from "./readImage.ts";
import { findSharp } from "./sharpDecoder.ts";

/** What a thread gets when it starts. */
export interface WorkerOrder {
  readonly preparation: Preparation;
  readonly usesSharp: boolean;
  readonly budget: SharedArrayBuffer;
}

/** What a thread answers to a path. */
export type WorkerAnswer = { readonly image: OpaqueImage } | { readonly reason: string };

const { preparation, usesSharp, budget } = workerData as WorkerOrder;
const reading = {
  preparation,
  sharp: usesSharp ? await findSharp() : undefined,
  budget: new PixelBudget(budget),
};

parentPort?.on("message", (path: string) => {
  readImage(path, reading).then(
    (image) => {
      // Only what is the whole of its memory can be handed over; a part of more would take all of it along.
      const { data } = image;
      const own = data.byteLength === data.buffer.byteLength ? data : data.slice();
      const answer: WorkerAnswer = { image: { ...image, data: own } };
      parentPort?.postMessage(answer, [own.buffer as ArrayBuffer]);
    },
    (error: unknown) => {
      const answer: WorkerAnswer = { reason: reasonOf(error) };
      parentPort?.postMessage(answer);
    },
  );
});
