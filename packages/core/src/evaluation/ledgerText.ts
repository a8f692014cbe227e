import type { LibraryLoss } from "./conventions.ts";

/** One term of the objective. */
export interface LedgerTerm {
  readonly name: string;
  /** Nats per example (a mean over examples of sums over values or dimensions), or nats of a whole batch. */
  readonly per: "example" | "batch";
  /** Mean over the examples, or over whole batches. */
  readonly nats: number;
  /** `nats / values`: nats per pixel and channel. */
  readonly perValue: number;
  /** `nats * batchSize`: what a loss that sums over the batch adds up. */
  readonly perBatch: number;
  /** Its weight in the loss at `step`. */
  readonly weight: number;
  /** `weight * nats`. */
  readonly weighted: number;
}

/** What the weight of one level's KL divergence amounts to under other sums and means. */
export interface LedgerBeta {
  readonly term: string;
  /** Here, where the distortion is a sum over values and the rate a sum over dimensions. */
  readonly beta: number;
  /** Latent dimensions L of the level. */
  readonly dimensions: number;
  /** `beta / D`: for a distortion that is a mean over values. */
  readonly perValue: number;
  /** `beta L / D`: for a rate that is a mean over dimensions besides; the normalized beta of Higgins et al. 2017. */
  readonly ofMeans: number;
  /** Nats per latent dimension. */
  readonly natsPerDimension: number;
}

/** The objective of a model in figures; `toString` lays them out as text. */
export interface Ledger {
  readonly kind: string;
  /** Where schedules are read. */
  readonly step: number;
  readonly examples: number;
  readonly batchSize: number;
  /** D, values of an example over all its columns. */
  readonly values: number;
  readonly terms: readonly LedgerTerm[];
  /** The sum of the weighted terms: what training minimizes. */
  readonly loss: number;
  /** `-(distortion + rates)`, weights 1; absent without a rate. */
  readonly elbo?: number;
  readonly betas: readonly LedgerBeta[];
  /** What other libraries would print; empty where they have no counterpart. */
  readonly libraries: readonly LibraryLoss[];
  toString(): string;
}

/** A number with five significant digits, without an exponent where that can be read. */
function figure(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  return size < 1e-4 || size >= 1e7 ? value.toExponential(3) : String(Number(value.toPrecision(5)));
}

/** Columns of text, the first and the last to the left, the others to the right. */
function layOut(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => (row[i] ?? "").length)));
  const last = widths.length - 1;
  return rows.map((row) =>
    row
      .map((cell, i) => (i === 0 || i === last ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join("  ")
      .trimEnd(),
  );
}

/** The ledger as text: terms, what the weights mean elsewhere, what other libraries would print. */
export function ledgerText(ledger: Omit<Ledger, "toString">): string {
  const { kind, step, examples, batchSize, values, terms, loss, elbo } = ledger;
  const rows = terms.map(({ name, per, nats, perValue, perBatch, weight, weighted }) => [
    name,
    ...[nats, perValue, perBatch, weight, weighted].map(figure),
    `per ${per}`,
  ]);
  return [
    `${kind} at step ${step}: ${examples} examples of ${values} values, batches of ${batchSize}, one pass of noise.`,
    "",
    ...layOut([
      ["term", "nats", "per value", "over the batch", "weight", "weighted", "is"],
      ...rows,
    ]),
    `loss ${figure(loss)} nats per example${elbo === undefined ? "" : `, ELBO ${figure(elbo)}`}`,
    ...betaLines(ledger),
    ...libraryLines(ledger),
  ].join("\n");
}

function betaLines({ betas, values }: Omit<Ledger, "toString">): string[] {
  return betas.flatMap(({ term, beta, dimensions, perValue, ofMeans, natsPerDimension }) => [
    "",
    `${term}: ${figure(natsPerDimension)} nats for each of ${dimensions} dimensions`,
    ...layOut([
      ["  beta", figure(beta), "sums over values and dimensions: here"],
      ["", figure(perValue), `means over ${values} values, sums over dimensions`],
      ["", figure(ofMeans), "means over values and over dimensions"],
    ]),
  ]);
}

function libraryLines({ libraries }: Omit<Ledger, "toString">): string[] {
  if (libraries.length === 0) return [];
  const rows = libraries.map(({ library, rule, reconstruction, rate, beta, loss }) => [
    library,
    ...[reconstruction, rate, beta, loss].map(figure),
    rule,
  ]);
  return [
    "",
    "The same model, examples and draws as other libraries would print them:",
    ...layOut([
      ["", "reconstruction", "KL", "beta", "loss", "how the reconstruction is summed"],
      ...rows,
    ]),
  ];
}
