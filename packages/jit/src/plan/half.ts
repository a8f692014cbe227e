/** Half precision: 1 sign, 5 exponent and 10 fraction bits (IEEE 754 binary16). */

const bits = new DataView(new ArrayBuffer(4));

/** Rounds to the nearest half, ties to even; what is too large becomes infinite. */
export function halvesOf(values: Float32Array): Uint16Array {
  return Uint16Array.from(values, halfOf);
}

function halfOf(value: number): number {
  bits.setFloat32(0, value);
  const word = bits.getUint32(0);
  const sign = (word >>> 16) & 0x8000;
  const exponent = (word >>> 23) & 0xff;
  const fraction = word & 0x7fffff;
  if (exponent === 0xff) return sign | 0x7c00 | (fraction === 0 ? 0 : 0x200);
  const scaled = exponent - 127 + 15;
  if (scaled >= 31) return sign | 0x7c00;
  if (scaled <= 0) {
    if (scaled < -10) return sign;
    return sign | roundShift(fraction | 0x800000, 14 - scaled);
  }
  return sign | (((scaled << 10) | 0) + roundShift(fraction, 13)); // a carry goes into the exponent, as it should
}

/** `value / 2^shift`, to the nearest, ties to even. */
function roundShift(value: number, shift: number): number {
  const whole = value >>> shift;
  const rest = value & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return whole + (rest > half || (rest === half && (whole & 1) === 1) ? 1 : 0);
}

/** Halves as numbers. */
export function floatsOf(halves: Uint16Array): Float32Array {
  return Float32Array.from(halves, (half) => {
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >>> 10) & 31;
    const fraction = half & 0x3ff;
    if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
}
