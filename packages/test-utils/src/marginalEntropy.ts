/** Images as bytes: what data sets hold. */
export interface ByteImages {
  readonly data: Uint8Array | Float32Array;
  /** `[count, height, width, channels]`. */
  readonly shape: readonly number[];
}

/**
 * The entropy of independent Bernoulli pixels whose means are those of the images: `-sum m log m + (1 - m) log(1 - m)`,
 * in nats per image. A model with a worse negative ELBO has learned less than each pixel's mean.
 *
 * @param images bytes
 */
export function marginalEntropy({ data, shape }: ByteImages): number {
  const count = shape[0];
  const size = data.length / count;
  let entropy = 0;
  for (let pixel = 0; pixel < size; pixel++) {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += data[i * size + pixel];
    const mean = sum / (255 * count);
    if (mean > 0 && mean < 1) {
      entropy -= mean * Math.log(mean) + (1 - mean) * Math.log(1 - mean);
    }
  }
  return entropy;
}
