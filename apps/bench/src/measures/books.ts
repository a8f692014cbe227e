import type { NdArray } from "@elbo/core";
import type { MeasureContext } from "./measure.ts";

/** All codes of one codebook. */
export interface Book {
  /** What it is called where there are several. */
  readonly name: string;
  /** Codes, one image after the other. */
  readonly codes: Int32Array;
  /** Codes of an image. */
  readonly perExample: number;
  /** Positions `[h, w]`, or however many axes the grid has. */
  readonly grid: readonly number[];
  /** Size of the book. */
  readonly K: number;
}

/** The codes of a split by codebook: of every level, and of every place of the last axis where a position has several. */
export async function booksOf(
  { model, shared }: Pick<MeasureContext, "model" | "shared">,
  split: "train" | "test",
): Promise<Book[]> {
  const encoded = (await shared.codes(split)) as NdArray | Readonly<Record<string, NdArray>>;
  const levels = Object.entries(model.levels);
  return levels.flatMap(([level, { codeSpec }]) => {
    const all = "data" in encoded ? (encoded as NdArray) : encoded[level];
    const limit = codeSpec?.limit ?? 1;
    const limits = typeof limit === "number" ? [limit] : limit;
    const inner = all.shape.slice(1);
    const grid = limits.length === 1 ? inner : inner.slice(0, -1);
    return limits.map((K, book) => ({
      name: nameOf(levels.length > 1 ? level : "", limits.length > 1 ? String(book + 1) : ""),
      codes: Int32Array.from(
        { length: all.data.length / limits.length },
        (_, i) => all.data[i * limits.length + book],
      ),
      perExample: grid.reduce((a, b) => a * b, 1),
      grid,
      K,
    }));
  });
}

/** How a level and a codebook of it are called, each of them empty where there is one: `top, book 1`. */
export const nameOf = (level: string, book: string): string =>
  [level, book === "" ? "" : `book ${book}`].filter((part) => part !== "").join(", ");
