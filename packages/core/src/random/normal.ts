/**
 * @file Standard normals by the ziggurat of Marsaglia and Tsang (J. Statistical Software 5(8), 2000) with 128 layers of
 * equal area: 98.8 of 100 draws cost one 32-bit word, one multiplication and one comparison. Layer, sign and position use
 * separate bits of the word, which removes the correlation that J. Doornik found in the original.
 */
import { naturalLog } from "./naturalLog.ts";

const layers = 128;
/** Where the tail begins, the area of every layer, and `exp(-r^2 / 2)`: the solution for 128 layers. */
const tailStart = 3.4426198558966523;
const layerArea = 0.00991256303533646;
const tailDensity = 0.0026696290839025036;
const step24 = 2 ** -24;
const step32 = 2 ** -32;

interface Ziggurat {
  /** Right edge of each layer, from the widest; the last is 0. */
  readonly edge: Float64Array;
  /** Width of each layer divided by 2^24; the first holds the tail's area too. */
  readonly scale: Float64Array;
  /** Unnormalized density at each edge. */
  readonly density: Float64Array;
}

function buildZiggurat(): Ziggurat {
  const edge = new Float64Array(layers + 1);
  const density = new Float64Array(layers + 1);
  edge[1] = tailStart;
  density[1] = tailDensity;
  for (let i = 2; i < layers; i++) {
    density[i] = density[i - 1] + layerArea / edge[i - 1];
    edge[i] = Math.sqrt(-2 * naturalLog(density[i]));
  }
  edge[0] = layerArea / tailDensity;
  density[layers] = 1;
  return { edge, density, scale: edge.map((x) => x * step24) };
}

let tables: Ziggurat | undefined;

/**
 * Fills `out` with independent draws of N(0, 1).
 *
 * @param nextWord a source of uniform 32-bit words; how many are used depends on the words
 */
export function fillNormal(out: Float32Array, nextWord: () => number): void {
  tables ??= buildZiggurat();
  const { edge, scale } = tables;
  for (let i = 0; i < out.length; i++) {
    const word = nextWord();
    const layer = word & 127;
    const x = ((word >>> 8) + 0.5) * scale[layer];
    const magnitude = x < edge[layer + 1] ? x : drawOutsideCore({ layer, x }, tables, nextWord);
    out[i] = (word & 128) === 0 ? magnitude : -magnitude;
  }
}

/** The rare draws: the tail beyond the last edge, the wedge between the density and a layer's core, or a new layer. */
function drawOutsideCore(
  first: { layer: number; x: number },
  { edge, scale, density }: Ziggurat,
  nextWord: () => number,
): number {
  let { layer, x } = first;
  for (;;) {
    if (layer === 0) return drawTail(nextWord);
    const u = (nextWord() + 0.5) * step32;
    const height = density[layer] + u * (density[layer + 1] - density[layer]);
    if (naturalLog(height) < -0.5 * x * x) return x;
    const word = nextWord();
    layer = word & 127;
    x = ((word >>> 8) + 0.5) * scale[layer];
    if (x < edge[layer + 1]) return x;
  }
}

/** Marsaglia's method for `|x| > r`: an exponential proposal of rate r. */
function drawTail(nextWord: () => number): number {
  for (;;) {
    const x = -naturalLog((nextWord() + 0.5) * step32) / tailStart;
    const y = -naturalLog((nextWord() + 0.5) * step32);
    if (y + y > x * x) return tailStart + x;
  }
}
