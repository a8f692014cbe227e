import {
  computeOf,
  computeOptions,
  createModel,
  createNetworks,
  elbo,
  gaussian,
  loadModel,
  readOptions,
  registerModel,
  reparameterized,
  rules,
  scheduleFromJson,
  tableExample,
  type BoundFigure,
  type ComputeOptions,
  type JsonObject,
  type LatentModel,
  type LoadOptions,
  type ModelKind,
  type NdArray,
  type NetworkChoice,
  type OptionTable,
  type Schedule,
  type TableColumn,
} from "@elbo/core";
import { betaOption } from "./betaOption.ts";

/** Options of {@link tableVae}. */
export interface TableVaeOptions extends ComputeOptions {
  /** The columns of the table, as `fromTable` of `@elbo/datasets` gives them. */
  readonly columns: readonly TableColumn[];
  /** Number of latent dimensions, at least 1. */
  readonly latent: number;
  /** Standard deviation of real columns: one learned for each column (`"global"`, default), or one that the decoder gives for every cell (`"pixel"`). */
  readonly scale?: "global" | "pixel";
  /** Weight of the KL divergence, a number or a schedule over steps, never negative; default 1. */
  readonly beta?: number | Schedule;
  /** A maker by name, with its sizes, or networks of one's own; default `{ kind: "mlp", hidden: [64, 64] }`. */
  readonly network?: NetworkChoice;
  /** Seed of the initial weights; default 0. */
  readonly seed?: number;
}

/** {@link TableVaeOptions} as a table. */
export const tableVaeTable = {
  columns: {
    rule: rules.such<readonly TableColumn[]>("a list of columns", Array.isArray),
    doc: "the columns of the table, as `fromTable` gives them",
  },
  latent: { rule: rules.integer({ min: 1 }), doc: "number of latent dimensions" },
  scale: {
    rule: rules.oneOf(["global", "pixel"]),
    default: "global",
    doc: "deviation of real columns: one learned for each, or one that the decoder gives for every cell",
  },
  beta: betaOption,
  network: {
    rule: rules.any<NetworkChoice>(),
    default: { kind: "mlp", hidden: [64, 64] },
    shown: "mlp of 64, 64",
    doc: "a maker by name, with its sizes, or networks of one's own",
  },
  seed: { rule: rules.integer(), default: 0, doc: "seed of the initial weights" },
  ...computeOptions,
} satisfies OptionTable<TableVaeOptions>;

/** A VAE of a table: codes are mean latents `[n, latent]`, examples are columns by name. */
export interface TableVae extends LatentModel<
  NdArray,
  BoundFigure,
  Readonly<Record<string, NdArray>>
> {
  /** The columns that it was made for; `tableRows(model.tableColumns, cells)` makes rows of what it gives. */
  readonly tableColumns: readonly TableColumn[];
}

/**
 * A VAE of a table: every column has a likelihood of its own, Gaussian with a learned variance, Poisson, Bernoulli, categorical or ordinal,
 *
 * `loss = - sum_columns log p(x_column | z) + beta KL(q(z|x) || N(0, I))`, in nats per row.
 *
 * Real columns are standardized by what training sees; means and deviations are saved with the model, and so are the names of columns and
 * categories. Cells that are missing (columns with `missing`) cost nothing, and `model.impute` fills them in. Densities are those of the
 * values as they were given. Source: Nazabal et al., "Handling incomplete heterogeneous data using VAEs" (2020), arXiv:1807.03653,
 * with a standard normal prior.
 *
 * @throws TypeError or RangeError when an option is unknown or out of range, or a column is not as it must be
 */
export function tableVae(options: TableVaeOptions): TableVae {
  const fn = "tableVae";
  const { columns, latent, scale, beta, network, seed } = readOptions(fn, tableVaeTable, options);
  const example = tableExample(fn, columns, { scale });
  const latents = reparameterized({ size: latent, posterior: gaussian });
  const model = createModel<NdArray, BoundFigure, Readonly<Record<string, NdArray>>>({
    kind: "table-vae",
    options: {
      columns: columns.map(columnJson),
      latent,
      scale,
      beta: beta.toJSON(),
      seed,
    },
    example,
    latents,
    networks: createNetworks(network, { example, latents, seed }),
    objective: elbo({ weights: { rate: beta } }),
    seed,
    compute: computeOf(options),
  });
  return Object.assign(model, { tableColumns: columns });
}

const columnJson = ({ name, kind, categories, missing }: TableColumn): JsonObject => ({
  name,
  kind,
  ...(categories === undefined ? {} : { categories: [...categories] }),
  ...(missing === undefined ? {} : { missing }),
});

/** What core's loader needs to know of VAEs of tables. */
export const tableVaeKind: ModelKind<TableVae> = {
  kind: "table-vae",
  build: ({ beta, ...options }, network) =>
    tableVae({
      ...(options as unknown as TableVaeOptions),
      beta: scheduleFromJson(beta),
      network,
    }),
};

registerModel(tableVaeKind);

/**
 * Loads a VAE of a table that `model.save(directory)` wrote.
 *
 * @throws Error when the directory holds no such model, or something malformed
 */
export function loadTableVae(directory: string, options?: LoadOptions): Promise<TableVae> {
  return loadModel(directory, tableVaeKind, options);
}
