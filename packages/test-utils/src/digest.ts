import { createHash } from "node:crypto";

/**
 * One text for many arrays, equal when names and bytes are: comparing arrays of weights by value takes minutes when
 * they differ.
 *
 * @param arrays by name, such as `await model.readWeights()`
 * @returns SHA-256 in hexadecimal
 */
export function digest(
  arrays: Readonly<Record<string, { readonly data: ArrayBufferView<ArrayBufferLike> }>>,
): string {
  const hash = createHash("sha256");
  for (const [name, { data }] of Object.entries(arrays)) {
    hash.update(name).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest("hex");
}
