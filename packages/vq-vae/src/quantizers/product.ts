import * as tf from "@tensorflow/tfjs-core";
import { describeValue } from "@elbo/core";
import type { Quantized, Quantizer } from "@elbo/core";
import {
  addLosses,
  broughtBy,
  joinIndices,
  partContext,
  passedOn,
  rateOfParts,
  splitIndices,
} from "./parts.ts";
import { quantizerJson } from "./quantizerJson.ts";

/**
 * Product quantization: each part quantizes dimensions of its own, `K_1 x K_2 x ...` codes from `K_1 + K_2 + ...` vectors.
 *
 * Exactly as many independent quantizers side by side: rows and gradients are theirs, losses of one name are added up, indices
 * are one list per vector. Source: Jégou et al. 2011 ("Product quantization for nearest neighbor search").
 *
 * @param parts quantizers of any `codeDim`, each with variables of its own
 * @throws TypeError when there is no part
 */
export function product(parts: readonly Quantizer[]): Quantizer {
  if (!((parts as unknown) instanceof Array) || parts.length === 0) {
    throw new TypeError(
      `product: parts must be a list of at least one quantizer, got ${describeValue(parts)}`,
    );
  }
  const sizes = parts.map(({ codeDim }) => codeDim);
  const split = (z: tf.Tensor): tf.Tensor[] => tf.split(z, sizes, z.rank - 1);
  const joined = (pieces: readonly tf.Tensor[]): tf.Tensor => tf.concat([...pieces], -1);
  return {
    ...broughtBy(parts),
    kind: "product",
    options: { parts: parts.map(quantizerJson) },
    codeDim: sizes.reduce((sum, D) => sum + D, 0),
    quantize(z, context) {
      const results = split(z).map((piece, i) => ({
        z: piece,
        result: parts[i].quantize(piece, partContext(context, i)),
      }));
      const own = results.map(({ result }) => result);
      const hasThrough = own.some(({ through }) => through !== undefined);
      return {
        rows: joined(own.map(({ rows }) => rows)),
        ...(hasThrough && {
          through: joined(results.map(({ z: piece, result }) => result.through ?? piece)),
        }),
        indices: joinIndices(parts, own),
        losses: addLosses(own),
        ...rateOfParts(parts, results),
        ...comparedOf(results),
        parts: results,
      };
    },
    lookup: (indices) => joined(splitIndices(parts, indices).map((own, i) => parts[i].lookup(own))),
    ...(parts.some((part) => part.draw !== undefined) && {
      draw(result, context) {
        const pieces = (result.parts ?? []).map(({ z, result: own }, i) => {
          const drawn = parts[i].draw?.(own, partContext(context, i));
          return drawn ?? passedOn(own.through ?? z, own.rows, context);
        });
        return joined(pieces);
      },
    }),
    update(result, _, context) {
      result.parts?.forEach((part, i) => {
        parts[i].update?.(part.result, part.z, partContext(context, i));
      });
    },
    initialize(vectors, random) {
      const D = sizes.reduce((sum, size) => sum + size, 0);
      const n = vectors.length / D;
      const rows = vectors.slice();
      let from = 0;
      parts.forEach((part, i) => {
        const size = sizes[i];
        const start = from;
        const piece = Float32Array.from(
          { length: n * size },
          (_, at) => vectors[Math.floor(at / size) * D + start + (at % size)],
        );
        part
          .initialize?.(piece, random.fork(i))
          .forEach((value, at) => (rows[Math.floor(at / size) * D + start + (at % size)] = value));
        from += size;
      });
      return rows;
    },
  };
}

function comparedOf(results: NonNullable<Quantized["parts"]>): Pick<Quantized, "compared"> {
  const pairs = results.map(({ z, result }) => result.compared ?? { z, rows: result.rows });
  const having = pairs.flatMap((pair) => (pair === "nothing" ? [] : [pair]));
  if (having.length === 0) return { compared: "nothing" };
  return {
    compared: {
      z: tf.concat(
        having.map(({ z }) => z),
        -1,
      ),
      rows: tf.concat(
        having.map(({ rows }) => rows),
        -1,
      ),
    },
  };
}
