import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fillArrays } from "./cases/fill.ts";
import { batches } from "./cases/work.ts";
import type { ArraySpec, Work } from "./cases/work.ts";
import type { Manifest, StoredArray, StoredImages } from "./protocol.ts";
import type { TrainingImages } from "./trainingImages.ts";

/** What {@link storeWork} works with. */
export interface StoreAround {
  /** An existing folder. */
  readonly folder: string;
  /** The same seed gives the same bytes. */
  readonly seed: number;
  /** What a training end to end learns from. */
  readonly images?: TrainingImages;
}

/**
 * Writes the numbers that a work starts from, for all contestants alike.
 *
 * @returns the path of the manifest
 */
export function storeWork(work: Work, { folder, seed, images }: StoreAround): string {
  const place = path.join(folder, work.name.replaceAll("/", "-"));
  mkdirSync(place, { recursive: true });
  const store = (specs: readonly ArraySpec[], copies: number): StoredArray[] => {
    const arrays = fillArrays(specs, seed, copies);
    return specs.map(({ name, shape }) => {
      const file = path.join(place, `${name}.f32`);
      writeFileSync(file, new Uint8Array(arrays[name].buffer));
      const [first, ...rest] = shape;
      return { name, shape: copies === 1 ? shape : [copies * first, ...rest], file };
    });
  };
  const manifest: Manifest = {
    work: work.name,
    model: work.model,
    kind: work.kind,
    batch: work.batch,
    weights: store(work.weights, 1),
    inputs: store(work.inputs, batches),
    ...(images === undefined ? {} : { images: storeImages(place, images) }),
  };
  const file = path.join(place, "manifest.json");
  writeFileSync(file, JSON.stringify(manifest));
  return file;
}

function storeImages(place: string, { data, count, epochs }: TrainingImages): StoredImages {
  const file = path.join(place, "images.u8");
  writeFileSync(file, data);
  return { name: "images", shape: [count, 28, 28, 1], file, epochs };
}
