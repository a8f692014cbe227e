import type { FeaturesChoice } from "../configuration/protocol.ts";
import type { BenchData } from "../data/benchData.ts";
import type { MeasuredModel } from "./measuredModel.ts";

/** A model and the images of its comparison. */
export interface Subject {
  readonly model: MeasuredModel;
  readonly data: BenchData;
  /** An ONNX model in whose output images are compared; default a classifier trained on the same images. */
  readonly features?: FeaturesChoice | undefined;
}
