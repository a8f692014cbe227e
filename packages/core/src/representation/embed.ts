import { assertPath } from "@elbo/common";
import type { NdArray } from "@elbo/jit";
import type { ExamplesLike } from "../data/examples.ts";
import { writeWhole } from "../files/writeWhole.ts";
import type { LatentVariableModel } from "../model/latentVariableModel.ts";
import type { CallOptions } from "../operations/call.ts";
import { encode } from "../operations/encode.ts";
import { sizeOf } from "../shape.ts";

/** Options of {@link embed}. */
export interface EmbedOptions extends CallOptions {
  /** Writes the codes into this file too: `.npy` (as NumPy reads it) or `.csv` (a column `z1`, `z2`, ... per latent). */
  readonly file?: string;
}

/**
 * The codes of a data set, and a file of them if wished: what other tools learn from.
 *
 * @param x what the model takes; models of one level
 * @returns `[n, ...]` as `encode` gives them
 * @throws TypeError or RangeError for examples that do not fit or another ending of the file
 */
export async function embed(
  model: LatentVariableModel,
  x: ExamplesLike,
  options: EmbedOptions = {},
): Promise<NdArray> {
  const fn = "embed";
  const { file, ...call } = options;
  if (file !== undefined) {
    assertPath({ fn, name: "file" }, file);
    if (!/\.(npy|csv)$/.test(file)) {
      throw new RangeError(`${fn}: file must end in .npy or .csv, got ${file}`);
    }
  }
  const names = Object.keys(model.levels);
  if (names.length > 1) {
    throw new Error(
      `${fn}: the model must have one level of latents, got ${names.join(", ")}; encode gives the codes of each`,
    );
  }
  const codes = (await encode(model, x, call)) as NdArray;
  if (file !== undefined) {
    const bytes = file.endsWith(".npy") ? npyOf(codes) : new TextEncoder().encode(csvOf(codes));
    await writeWhole({ fn, path: file }, bytes);
  }
  return codes;
}

/** The bytes of a `.npy` file, format 1.0. Source: NumPy's `numpy.lib.format`. */
export function npyOf({ data, shape }: NdArray): Uint8Array {
  const kind = data instanceof Float32Array ? "<f4" : data instanceof Int32Array ? "<i4" : "|u1";
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '${kind}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const length = Math.ceil((text.length + 1 + 10) / 64) * 64 - 10;
  const bytes = new Uint8Array(10 + length + data.byteLength);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, length & 255, length >> 8]);
  bytes.set(new TextEncoder().encode(`${text.padEnd(length - 1)}\n`), 10);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 10 + length);
  return bytes;
}

function csvOf({ data, shape }: NdArray): string {
  const size = sizeOf(shape.slice(1));
  const lines = [Array.from({ length: size }, (_, d) => `z${d + 1}`).join(",")];
  for (let i = 0; i < shape[0]; i++) {
    lines.push(Array.from(data.subarray(i * size, (i + 1) * size), String).join(","));
  }
  return `${lines.join("\n")}\n`;
}
