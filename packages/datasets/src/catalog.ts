/**
 * The published files of each set, and how each is known to be the right one: by the SHA-256 of its decompressed content
 * where that is known, because distributors compress the same content differently, else by the digest of the file
 * as its authors or the large libraries publish it.
 */

/** A file that is downloaded and checked as a whole. */
export interface PublishedFile {
  /** Name on the mirrors and in the cache. */
  readonly name: string;
  /** Size as published, in bytes; undefined where distributors compress differently. */
  readonly bytes?: number;
  /** Most bytes to accept from a mirror. */
  readonly maxBytes: number;
  readonly digest: {
    /** Whether the digest is of the file as it is or of what it decompresses to. */
    readonly of: "file" | "content";
    readonly algorithm: "sha256" | "md5";
    readonly hex: string;
  };
  /** Decompressed size in bytes of a `.gz` file. */
  readonly contentBytes?: number;
}

/** A set that comes from files. */
export interface PublishedSet {
  readonly kind: "idx" | "cifar10" | "dsprites";
  readonly files: readonly PublishedFile[];
  /** Addresses of folders that hold the files, tried in this order. */
  readonly mirrors: readonly string[];
  readonly classNames?: readonly string[];
}

/** Names of the sets that come from files. */
export type PublishedName = "fashion-mnist" | "mnist" | "kmnist" | "cifar10" | "dsprites";

/** Classes of Fashion-MNIST in the order of its labels. */
export const fashionClassNames = [
  "T-shirt/top",
  "Trouser",
  "Pullover",
  "Dress",
  "Coat",
  "Sandal",
  "Shirt",
  "Sneaker",
  "Bag",
  "Ankle boot",
] as const;

/** Files of the MNIST family in a fixed order: training images and labels, test images and labels. */
const idxFiles = [
  { name: "train-images-idx3-ubyte.gz", contentBytes: 47_040_016 },
  { name: "train-labels-idx1-ubyte.gz", contentBytes: 60_008 },
  { name: "t10k-images-idx3-ubyte.gz", contentBytes: 7_840_016 },
  { name: "t10k-labels-idx1-ubyte.gz", contentBytes: 10_008 },
] as const;

function idxByContent(digests: readonly string[]): readonly PublishedFile[] {
  return idxFiles.map((file, i) => ({
    ...file,
    maxBytes: file.contentBytes + 65_536,
    digest: { of: "content", algorithm: "sha256", hex: digests[i] },
  }));
}

function idxByFile(published: readonly (readonly [number, string])[]): readonly PublishedFile[] {
  return idxFiles.map((file, i) => {
    const [bytes, hex] = published[i];
    return { ...file, bytes, maxBytes: bytes, digest: { of: "file", algorithm: "sha256", hex } };
  });
}

/** Every set that comes from files. */
export const published: Readonly<Record<PublishedName, PublishedSet>> = {
  "fashion-mnist": {
    kind: "idx",
    files: idxByContent([
      "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
      "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
      "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
      "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    ]),
    mirrors: [
      "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
      "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    ],
    classNames: fashionClassNames,
  },
  mnist: {
    kind: "idx",
    files: idxByContent([
      "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
      "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
      "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
      "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ]),
    mirrors: [
      "https://storage.googleapis.com/cvdf-datasets/mnist/",
      "https://ossci-datasets.s3.amazonaws.com/mnist/",
    ],
    classNames: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
  },
  kmnist: {
    kind: "idx",
    files: idxByFile([
      [18_165_135, "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4"],
      [29_497, "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17"],
      [3_041_136, "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5"],
      [5_120, "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c"],
    ]),
    mirrors: [
      "https://codh.rois.ac.jp/kmnist/dataset/kmnist/",
      "http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
    ],
    classNames: ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"],
  },
  cifar10: {
    kind: "cifar10",
    files: [
      {
        name: "cifar-10-binary.tar.gz",
        bytes: 170_052_171,
        maxBytes: 170_052_171,
        digest: {
          of: "file",
          algorithm: "sha256",
          hex: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
        },
      },
    ],
    mirrors: ["https://www.cs.toronto.edu/~kriz/", "https://cave.cs.toronto.edu/kriz/"],
    classNames: [
      "airplane",
      "automobile",
      "bird",
      "cat",
      "deer",
      "dog",
      "frog",
      "horse",
      "ship",
      "truck",
    ],
  },
  dsprites: {
    kind: "dsprites",
    files: [
      {
        name: "dsprites_ndarray_co1sh3sc6or40x32y32_64x64.npz",
        maxBytes: 64 * 2 ** 20,
        digest: { of: "file", algorithm: "md5", hex: "7da33b31b13a06f4b04a70402ce90c2e" },
      },
    ],
    mirrors: [
      "https://raw.githubusercontent.com/google-deepmind/dsprites-dataset/master/",
      "https://github.com/google-deepmind/dsprites-dataset/raw/master/",
    ],
    classNames: ["square", "ellipse", "heart"],
  },
};

/** Names of the sets that come from files. */
export const publishedNames = Object.keys(published) as readonly PublishedName[];
