import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { classifier, loadClassifier, onnxFeatures, train } from "@elbo/core";
import type { Classifier, OnnxFeatures } from "@elbo/core";
import { onnxRuntime, readOnnxFile, runtimeOf } from "../imported/onnxRuntime.ts";
import { Refusal } from "../refusal.ts";
import { isPictured } from "../data/benchData.ts";
import type { BenchData } from "../data/benchData.ts";
import type { FeaturesChoice } from "../configuration/protocol.ts";
import type { MeasureContext } from "./measure.ts";
import type { Subject } from "./subject.ts";

const epochs = 10;

/** What gives features of images: who holds one disposes of it. */
export type Judge = Pick<OnnxFeatures, "features"> & { dispose(): void | Promise<void> };

/** Images to be held out at least: standard errors leave out a tenth of them in turn, and neighbourhoods have five. */
const fewest = 10;

/** Whether generated and real images can be compared in features, of {@link judgeOf}. */
export const isJudged = ({ data, features }: Pick<Subject, "data" | "features">): boolean =>
  isPictured(data) && (data.classes > 1 || features !== undefined) && data.test.shape[0] >= fewest;

/** The features that generated and real images are compared in: those of an ONNX model that was given, else of {@link referenceClassifier}. */
export async function judgeOf({
  data,
  cache,
  features,
}: Pick<MeasureContext, "data" | "cache" | "features">): Promise<Judge> {
  if (features === undefined) return referenceClassifier(data, cache);
  const { file, ...options } = features;
  const read = readOnnxFile(file);
  const runtime = runtimeOf(await onnxRuntime(), file, read);
  return onnxFeatures(read.graph, { ...options, runtime });
}

/** @throws Refusal for a file that is not there, before anything is trained */
export function checkFeatures(features: FeaturesChoice | undefined, caller: string): void {
  if (features === undefined || existsSync(features.file)) return;
  throw new Refusal(
    `${caller}: file of features must be an ONNX model that there is, got ${features.file}`,
  );
}

/**
 * A classifier that is trained once on the training images of a data set, with a fixed seed, and kept in `cache` under a digest of them.
 * Whoever holds it disposes of it.
 *
 * @param data with labels of at least two classes
 * @param cache a folder, made if need be
 */
async function referenceClassifier(data: BenchData, cache: string): Promise<Classifier> {
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
