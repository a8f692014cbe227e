/**
 * The quantile of a sorted list, linear between the two values next to the place `share (n - 1)`, as NumPy's default.
 *
 * @param share in [0, 1]
 */
export function quantileOf(sorted: ArrayLike<number>, share: number): number {
  const place = share * (sorted.length - 1);
  const low = Math.floor(place);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (place - low) * (sorted[high] - sorted[low]);
}
