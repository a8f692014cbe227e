import { load } from "@elbo/datasets";

/** What a training end to end learns from. */
export interface TrainingImages {
  readonly name: string;
  /** Values from 0 to 255, an image after the other. */
  readonly data: Uint8Array;
  readonly count: number;
  readonly epochs: number;
}

/**
 * The images of Fashion-MNIST from the files in a folder, or without one the 5,000 that come along, and as many epochs as go through
 * a number of images.
 *
 * @param folder with the set's files
 * @param visits images that all epochs go through, rounded up to whole epochs
 * @throws Error when the files are missing
 */
export async function fashionImages(
  folder: string | undefined,
  visits: number,
): Promise<TrainingImages> {
  const name = folder === undefined ? "fashion-mini" : "fashion-mnist";
  const { train } = await load(name, folder === undefined ? {} : { folder });
  const count = train.shape[0];
  if (!(train.data instanceof Uint8Array)) throw new Error("internal: images are bytes");
  return { name, data: train.data, count, epochs: Math.ceil(visits / count) };
}
