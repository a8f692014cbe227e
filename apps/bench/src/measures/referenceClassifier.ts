import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { classifier, loadClassifier, train } from "@elbo/core";
import type { Classifier } from "@elbo/core";
import type { BenchData } from "../data/benchData.ts";

const epochs = 10;

/**
 * The classifier whose features generated and real images are compared in: trained once on the training images of a data set, with a
 * fixed seed, and kept in `cache` under a digest of them. Whoever holds it disposes of it.
 *
 * @param data with labels of at least two classes
 * @param cache a folder, made if need be
 */
export async function referenceClassifier(data: BenchData, cache: string): Promise<Classifier> {
  const directory = join(cache, `classifier-${digestOf(data)}`);
  if (existsSync(join(directory, "model.json"))) return loadClassifier(directory);
  const { train: images, image, classes } = data;
  const trained = classifier({ example: image, classes, network: "conv", seed: 0 });
  await train(trained, images, { epochs, seed: 0, progress: "silent" });
  await trained.save(directory);
  return trained;
}

function digestOf({ train: { data, shape, labels } }: BenchData): string {
  const hash = createHash("sha256").update(JSON.stringify([shape, epochs]));
  for (const values of [data, labels])
    if (values !== undefined)
      hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return hash.digest("hex").slice(0, 16);
}
