/** A thread that reads image files for `ImageReader`. */
import { parentPort, workerData } from "node:worker_threads";
import { reasonOf } from "@elbo/common";
import type { OpaqueImage } from "../../images/image.ts";
import type { Preparation } from "../../images/prepare.ts";
import { PixelLimit } from "./pixelLimit.ts";
import { readImage } from "./readImage.ts";
import { findSharp } from "./sharpDecoder.ts";

/** What a thread gets when it starts. */
export interface WorkerOrder {
  readonly preparation: Preparation;
  readonly usesSharp: boolean;
  readonly limit: SharedArrayBuffer;
}

/** A file to read; answers come in any order. */
export interface WorkerTask {
  readonly id: number;
  readonly path: string;
}

/** An image, or why there is none. */
export type ReadResult = { readonly image: OpaqueImage } | { readonly reason: string };

/** What a thread answers to a task. */
export interface WorkerAnswer {
  readonly id: number;
  readonly result: ReadResult;
}

const { preparation, usesSharp, limit } = workerData as WorkerOrder;
const reading = {
  preparation,
  sharp: usesSharp ? await findSharp() : undefined,
  limit: new PixelLimit(limit),
};

function answer(id: number, result: ReadResult, handedOver: ArrayBuffer[]): void {
  const message: WorkerAnswer = { id, result };
  parentPort?.postMessage(message, handedOver);
}

parentPort?.on("message", ({ id, path }: WorkerTask) => {
  readImage(path, reading).then(
    (image) => {
      // Only what is the whole of its memory can be handed over; a part of more would take all of it along.
      const { data } = image;
      const own = data.byteLength === data.buffer.byteLength ? data : data.slice();
      answer(id, { image: { ...image, data: own } }, [own.buffer as ArrayBuffer]);
    },
    (error: unknown) => {
      answer(id, { reason: reasonOf(error) }, []);
    },
  );
});
