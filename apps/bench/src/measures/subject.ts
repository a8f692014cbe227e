import type { LatentModel } from "@elbo/core";
import type { BenchData } from "../data/benchData.ts";

/** A trained model and the images of its comparison. */
export interface Subject {
  readonly model: LatentModel;
  readonly data: BenchData;
}
