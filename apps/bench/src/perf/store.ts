import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fillArrays } from "./cases/fill.ts";
import { batches } from "./cases/work.ts";
import type { ArraySpec, Work } from "./cases/work.ts";
import type { Manifest, StoredArray } from "./protocol.ts";

/**
 * Writes the numbers that a work starts from, for all contestants alike.
 *
 * @param folder an existing folder
 * @param seed the same seed gives the same bytes
 * @returns the path of the manifest
 */
export function storeWork(folder: string, work: Work, seed: number): string {
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
  };
  const file = path.join(place, "manifest.json");
  writeFileSync(file, JSON.stringify(manifest));
  return file;
}
