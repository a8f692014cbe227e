import { describeValue } from "../arguments.ts";

/** A shape per example and what it is called in messages. */
interface NamedShape {
  readonly name: string;
  readonly shape: readonly number[];
}

/**
 * How often an image is halved to give the maps `[h, w, n]` of a shape; undefined for vectors, which any number serves.
 *
 * @throws RangeError when the maps are not the image divided by a power of 2, or the shape is neither a vector nor maps
 */
export function halvingsOf(
  fn: string,
  image: readonly number[],
  { name, shape }: NamedShape,
): number | undefined {
  if (shape.length === 1) return undefined;
  const [height, width] = image;
  if (shape.length === 3) {
    const halvings = Math.log2(height / shape[0]);
    if (Number.isInteger(halvings) && halvings >= 1 && width === shape[1] * 2 ** halvings) {
      return halvings;
    }
  }
  throw new RangeError(
    `${fn}: ${name} must be [n], or [h, w, n] with h and w those of the image (${height}x${width}) divided by 2, 4, 8, ..., got ${describeValue(shape)}`,
  );
}

/**
 * The number of halvings that features and latents agree on; undefined when both are vectors.
 *
 * @throws RangeError when they are maps of different sizes
 */
export function commonHalvings(
  fn: string,
  image: readonly number[],
  {
    features,
    latent,
  }: { readonly features: readonly number[]; readonly latent: readonly number[] },
): number | undefined {
  const ofFeatures = halvingsOf(fn, image, { name: "features", shape: features });
  const ofLatent = halvingsOf(fn, image, { name: "latent", shape: latent });
  if (ofFeatures !== undefined && ofLatent !== undefined && ofFeatures !== ofLatent) {
    throw new RangeError(
      `${fn}: features and latent must have the same height and width, got ${describeValue(features)} and ${describeValue(latent)}`,
    );
  }
  return ofFeatures ?? ofLatent;
}

/**
 * Refuses images that a number of stride-2 layers does not divide evenly.
 *
 * @throws RangeError naming the divisor
 */
export function assertDivisible(fn: string, image: readonly number[], halvings: number): void {
  const divisor = 2 ** halvings;
  const [height, width] = image;
  if (height % divisor !== 0 || width % divisor !== 0) {
    throw new RangeError(
      `${fn}: image height and width must be divisible by ${divisor} for ${halvings} layers of stride 2, got ${height}x${width}`,
    );
  }
}
