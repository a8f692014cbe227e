/** A colour for an index of a codebook, `[red, green, blue]` in [0, 1]; neighbours differ, as hues are multiples of the golden angle. */
export function codeColor(index: number): [number, number, number] {
  const hue = (index * 0.618034) % 1;
  const light = 0.45 + 0.4 * ((index * 0.381966 * 7) % 1);
  return [0, 1 / 3, 2 / 3].map(
    (shift) => light * (0.6 + 0.4 * Math.cos(2 * Math.PI * (hue + shift))),
  ) as [number, number, number];
}
