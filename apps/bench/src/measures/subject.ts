import type { LatentModel } from "@elbo/core";
import type { FeaturesChoice } from "../configuration/protocol.ts";
import type { BenchData } from "../data/benchData.ts";

/** A trained model and the images of its comparison. */
export interface Subject {
  readonly model: LatentModel;
  readonly data: BenchData;
  /** An ONNX model in whose output images are compared; default a classifier trained on the same images. */
  readonly features?: FeaturesChoice | undefined;
}
