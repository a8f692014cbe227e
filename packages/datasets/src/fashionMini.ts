import { readBundled } from "#platform";
import type { Dataset, Split } from "./dataset.ts";
import { fashionClassNames } from "./catalog.ts";
import { decodeIdxBytes } from "./formats/idx.ts";

/** Files of the package, decompressed sizes in bytes. */
const files = {
  trainImages: { name: "train-images-idx3-ubyte.gz", bytes: 16 + 5000 * 784 },
  trainLabels: { name: "train-labels-idx1-ubyte.gz", bytes: 8 + 5000 },
  testImages: { name: "t10k-images-idx3-ubyte.gz", bytes: 16 + 1000 * 784 },
  testLabels: { name: "t10k-labels-idx1-ubyte.gz", bytes: 8 + 1000 },
} as const;

async function readSplit(images: keyof typeof files, labels: keyof typeof files): Promise<Split> {
  const [pixels, classes] = await Promise.all(
    [files[images], files[labels]].map(async ({ name, bytes }) =>
      decodeIdxBytes(await readBundled(name, bytes)),
    ),
  );
  if (pixels === undefined || classes === undefined) throw new Error("internal: no files");
  return { data: pixels.data, shape: [...pixels.shape, 1], labels: classes.data };
}

/** The 6,000 images of Fashion-MNIST that this package brings along. */
export async function loadFashionMini(): Promise<Dataset> {
  return {
    name: "fashion-mini",
    train: await readSplit("trainImages", "trainLabels"),
    test: await readSplit("testImages", "testLabels"),
    classNames: fashionClassNames,
  };
}
