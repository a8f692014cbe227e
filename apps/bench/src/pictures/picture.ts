import type { MeasuredModel } from "../measures/measuredModel.ts";
import type { ImageBatch } from "./grid.ts";

/** What pictures are drawn from. */
export interface PictureMaterial {
  /** Ten held-out images: one of each class in the order of the classes, or the first ones of unlabelled data. */
  readonly images: ImageBatch;
  /** Their labels; absent for unlabelled data. */
  readonly labels?: Int32Array;
  readonly classNames?: readonly string[];
  readonly seed: number;
}

/** What is said about a picture. */
export interface PictureWords {
  /** Names its file; pictures of one kind share a section of the report. */
  readonly kind: string;
  /** Heading of that section, and what it is about in a sentence. */
  readonly heading: string;
  readonly text: string;
  /** Images per row. */
  readonly columns: number;
  /** Height of an image in pixels, in results; default that of the data. */
  readonly height?: number;
  /** What one sees, in a sentence or two. */
  readonly caption: string;
  /** The same for people who do not see it; follows the model's title. */
  readonly alt: string;
  /** Labels of the rows, if rows have names. */
  readonly rows?: readonly string[];
}

/** A picture: images in rows of `columns`. */
export interface DrawnPicture extends PictureWords {
  readonly images: ImageBatch;
}

/** A kind of picture that any model may have. */
export interface PictureKind {
  /** Names its file; pictures of one kind share a section of the report. */
  readonly kind: string;
  /** Whether the model and the material have what it takes. */
  suits(model: MeasuredModel, material: PictureMaterial): boolean;
  draw(model: MeasuredModel, material: PictureMaterial): Promise<Omit<DrawnPicture, "kind">>;
}
