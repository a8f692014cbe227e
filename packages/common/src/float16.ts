/**
 * 16-bit floats (IEEE 754 binary16) as 32-bit ones, exactly.
 *
 * @param bits one float in each
 */
export function fromFloat16(bits: Uint16Array): Float32Array {
  const values = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) {
    const exponent = (bits[i] >> 10) & 31;
    const fraction = bits[i] & 1023;
    const size =
      exponent === 31
        ? fraction === 0
          ? Infinity
          : NaN
        : exponent === 0
          ? fraction * 2 ** -24
          : (1024 + fraction) * 2 ** (exponent - 25);
    values[i] = bits[i] >> 15 === 1 ? -size : size;
  }
  return values;
}

/**
 * Brain floats (bfloat16: the upper half of a 32-bit float) as 32-bit ones, exactly.
 *
 * @param bits one float in each
 */
export function fromBfloat16(bits: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(bits, (half) => half * 65536).buffer);
}
