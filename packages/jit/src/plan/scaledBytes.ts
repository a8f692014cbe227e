/** Weights in eight bits: bytes, and a scale for every channel, which is a place on the last axis. */
export interface ScaledBytes {
  readonly bytes: Int8Array;
  /** As many as there are channels. */
  readonly scales: Float32Array;
}

/**
 * The nearest multiple of each channel's scale `s = max |w| / 127`, so that no weight is off by more than `s / 2`, a 254th of the largest of its channel.
 *
 * @param values `[..., channels]`, finite
 */
export function scaledBytesOf(values: Float32Array, channels: number): ScaledBytes {
  const scales = new Float32Array(channels);
  for (let i = 0; i < values.length; i++)
    scales[i % channels] = Math.max(scales[i % channels], Math.abs(values[i]));
  for (let c = 0; c < channels; c++) scales[c] /= 127;
  const bytes = new Int8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const scale = scales[i % channels];
    // The scale of tiny weights may be rounded to less than a 127th of them.
    if (scale > 0) bytes[i] = Math.min(127, Math.max(-127, Math.round(values[i] / scale)));
  }
  return { bytes, scales };
}

/** Bytes as numbers, `[..., channels]`. */
export function floatsOfBytes({ bytes, scales }: ScaledBytes): Float32Array {
  return Float32Array.from(bytes, (byte, i) => byte * scales[i % scales.length]);
}
