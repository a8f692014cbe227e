/** @file M1+M2: a semi-supervised model of the latents of another model. */
import {
  assertKnownOptions,
  describeValue,
  loadModel,
  type DecodeOptions,
  type Examples,
  type ExamplesLike,
  type LatentModel,
  type LoadOptions,
  type NdArray,
  type SampleOptions,
} from "@elbo/core";
import { assertKind } from "./assertKind.ts";
import { classify, type Classification } from "./classify.ts";
import { loadSemiSupervised, type SemiSupervised } from "./semiSupervised.ts";

/** A model of examples and a semi-supervised model of its codes. */
export interface StackedModels {
  /** M1, such as a VAE: trained on all examples, without labels. */
  readonly m1: LatentModel;
  /** M2, trained on the codes that M1 gives; `image` is their shape, the likelihood Gaussian. */
  readonly m2: SemiSupervised;
}

/** M1+M2: see {@link stacked}. */
export interface Stacked extends StackedModels {
  /** Examples as M2 is trained on them: mean latents of M1, with whatever labels there are (-1 where nobody knows). */
  codes(examples: Examples): Promise<NdArray & { readonly labels?: Examples["labels"] }>;
  /** q(y|x), of the mean latents of M1. */
  classify(x: ExamplesLike): Promise<Classification>;
  /** Examples of a class: M2 draws codes, M1 decodes them. */
  sample(count: number, options: SampleOptions & Pick<DecodeOptions, "draw">): Promise<NdArray>;
  /** Writes both, `m1` and `m2`, into a directory. */
  save(directory: string): Promise<void>;
}

/**
 * M1+M2: a VAE without labels makes codes z1 of the examples, M2 is trained on them, `p(y) p(z2) p(z1|y, z2) p(x|z1)`, one model after the
 * other.
 *
 * Source: Kingma, Rezende, Mohamed, Welling (NeurIPS 2014, arXiv:1406.5298), section 3.
 *
 * @throws TypeError for what are no such models, RangeError when M2 does not model the codes of M1
 */
export function stacked(models: StackedModels): Stacked {
  const fn = "stacked";
  assertKnownOptions(fn, models, ["m1", "m2"]);
  const { m1, m2 } = models;
  assertKind({ fn, name: "m2" }, m2, ["semi-supervised"]);
  if (typeof (m1 as Partial<LatentModel> | undefined)?.encode !== "function") {
    throw new TypeError(`${fn}: m1 must be a model with latents, got ${describeValue(m1)}`);
  }
  const [{ latent }] = Object.values(m1.levels);
  const { shape } = m2.example["x"].column;
  if (latent.join() !== shape.join()) {
    throw new RangeError(
      `${fn}: image of m2 must be the shape of m1's codes [${latent.join(", ")}], got ${describeValue(shape)}`,
    );
  }
  return {
    m1,
    m2,
    async codes({ data, shape: own, labels }) {
      const code = await m1.encode({ data, shape: own });
      return { ...code, ...(labels === undefined ? {} : { labels }) };
    },
    async classify(x) {
      return classify(m2, await m1.encode(x));
    },
    async sample(count, { draw, ...options }) {
      // Codes are drawn, not their means: M1 was trained on codes with their spread.
      const codes = await m2.sample(count, { ...options, draw: true });
      return m1.decode(codes, draw === undefined ? {} : { draw });
    },
    async save(directory) {
      await m1.save(`${directory}/m1`);
      await m2.save(`${directory}/m2`);
    },
  };
}

/**
 * Loads what `save` of {@link stacked} wrote; the package of M1's variant must have been imported.
 *
 * @throws Error when the directory holds no such models, or something malformed
 */
export async function loadStacked(directory: string, options: LoadOptions = {}): Promise<Stacked> {
  if (typeof directory !== "string") {
    throw new TypeError(
      `loadStacked: directory must be a path, as a string, got ${describeValue(directory)}`,
    );
  }
  const m1 = await loadModel<LatentModel>(`${directory}/m1`, undefined, options);
  return stacked({ m1, m2: await loadSemiSupervised(`${directory}/m2`, options) });
}
