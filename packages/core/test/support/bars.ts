import { Random } from "@elbo/core";

/** Images with labels. */
export interface Labelled {
  readonly data: Uint8Array;
  readonly shape: readonly number[];
  readonly labels: Uint8Array;
}

/** 8x8 images with one bright bar each, in a column given by the label, as bytes. */
export function bars(count: number, seed = 5): Labelled {
  const random = new Random(seed);
  const data = new Uint8Array(count * 64);
  const labels = new Uint8Array(count);
  for (let n = 0; n < count; n++) {
    const column = random.integer(4);
    labels[n] = column;
    for (let i = 0; i < 64; i++) {
      const lit = Math.floor((i % 8) / 2) === column;
      data[n * 64 + i] = lit ? 200 + random.integer(56) : random.integer(40);
    }
  }
  return { data, shape: [count, 8, 8, 1], labels };
}

/**
 * 8x8 images with a bright bar down (by the label) and one across (by chance): two independent factors.
 *
 * @param flipped share of the pixels that are turned around by chance
 */
export function crosses(count: number, seed = 5, flipped = 0): Labelled {
  const random = new Random(seed);
  const data = new Uint8Array(count * 64);
  const labels = new Uint8Array(count);
  for (let n = 0; n < count; n++) {
    const column = random.integer(4);
    const row = random.integer(4);
    labels[n] = column;
    for (let i = 0; i < 64; i++) {
      const isOn = Math.floor((i % 8) / 2) === column || Math.floor(i / 16) === row;
      const off = Math.floor(random.uniform() * 0.2 * 255);
      const lit = random.uniform() < flipped ? !isOn : isOn;
      data[n * 64 + i] = lit ? 255 - off : off;
    }
  }
  return { data, shape: [count, 8, 8, 1], labels };
}
