import type { ImageBatch } from "../pictures/grid.ts";
import type { NdArray } from "@elbo/core";
import type { Subject } from "./subject.ts";

/** What several measures need of one model: computed when first asked for, once. */
export class Shared {
  private readonly subject: Subject;
  private readonly seed: number;
  private readonly known = new Map<string, Promise<unknown>>();

  /** @param seed of samples */
  constructor(subject: Subject, seed: number) {
    this.subject = subject;
    this.seed = seed;
  }

  /** What `encode` gives for all images of a split: mean latents `[n, L]` or indices. */
  codes(split: "train" | "test"): Promise<NdArray> {
    const { model, data } = this.subject;
    return this.once(`codes ${split}`, () => model.encode(data[split]));
  }

  /** Reconstructions of all test images, values in [0, 1]. */
  reconstructions(): Promise<ImageBatch> {
    const { model, data } = this.subject;
    return this.once("reconstructions", () => model.reconstruct(data.test));
  }

  /** So many images from the prior, values in [0, 1]; a conditional model is asked for the labels of the first test images. */
  samples(count: number): Promise<ImageBatch> {
    const { model, data } = this.subject;
    return this.once(`samples ${count}`, () => {
      const labels = data.test.labels?.slice(0, count);
      const told = model.condition !== undefined && labels !== undefined ? { labels } : {};
      return model.sample(count, { seed: this.seed, ...told });
    });
  }

  private once<T>(name: string, compute: () => Promise<T>): Promise<T> {
    const known = this.known.get(name) as Promise<T> | undefined;
    if (known !== undefined) return known;
    const computed = compute();
    this.known.set(name, computed);
    return computed;
  }
}
