/** Labelled images in [0, 255], `[count, pixels]` row-major. */
export interface Labelled {
  readonly data: Uint8Array;
  readonly labels: Uint8Array;
}

/**
 * Gives each test image the label of its nearest neighbour among the known ones, by squared distance of pixels.
 *
 * @returns `right`: share of all test images with the right label; `found`: the same among those of one class
 */
export function accuracy(
  known: Labelled,
  test: Labelled,
  of: number,
): { right: number; found: number } {
  const count = test.labels.length;
  const pixels = test.data.length / count;
  let [right, found, asked] = [0, 0, 0];
  for (let i = 0; i < count; i++) {
    let [best, label] = [Infinity, -1];
    for (let j = 0; j < known.labels.length; j++) {
      let distance = 0;
      for (let p = 0; p < pixels && distance < best; p++) {
        distance += (test.data[i * pixels + p]! - known.data[j * pixels + p]!) ** 2;
      }
      if (distance < best) [best, label] = [distance, known.labels[j]!];
    }
    const isRight = label === test.labels[i];
    right += Number(isRight);
    asked += Number(test.labels[i] === of);
    found += Number(isRight && test.labels[i] === of);
  }
  return { right: right / count, found: found / asked };
}
