/** A VAE of a table: every column has a likelihood of its own. */
import {
  bernoulliLikelihood,
  categoricalLikelihood,
  createModel,
  gaussian,
  gaussianLikelihood,
  mlp,
  reparameterized,
} from "@elbo/core";
import type { ExampleSpec, LatentModel, NdArray } from "@elbo/core";

/** Gives records of arrays by column. */
export type TableVae = LatentModel<NdArray, never, Readonly<Record<string, NdArray<Float32Array>>>>;

export type ColumnKind = "real" | "binary" | { readonly categories: number };

function likelihoodOf(kind: ColumnKind): ExampleSpec[string] {
  if (kind === "real") return gaussianLikelihood([], { scale: "global", standardize: true });
  if (kind === "binary") return bernoulliLikelihood([]);
  return categoricalLikelihood([], { classes: kind.categories });
}

/** @param columns kinds by the names of the columns */
export function tableVae(
  columns: Readonly<Record<string, ColumnKind>>,
  { latent, seed }: { readonly latent: number; readonly seed: number },
): TableVae {
  const example = Object.fromEntries(
    Object.entries(columns).map(([name, kind]) => [name, likelihoodOf(kind)]),
  );
  const latents = reparameterized({ size: latent, posterior: gaussian, prior: gaussian });
  const networks = mlp({ example, latents, hidden: [64], seed });
  return createModel({ kind: "table-vae", options: {}, example, latents, networks, seed });
}
