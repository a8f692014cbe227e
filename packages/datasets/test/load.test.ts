import { copyFile, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { emptyFolder } from "@elbo/test-utils";
import { describe, expect, test, vi } from "vitest";
import { datasetNames, load } from "../src/index.ts";
import type { DatasetName, LoadOptions, Progress } from "../src/index.ts";
import { published } from "../src/catalog.ts";
import { fashionFolder } from "./fashionFolder.ts";
import { send, serve } from "./server.ts";

const isFashionHere = existsSync(join(fashionFolder, "train-images-idx3-ubyte.gz"));
const testOnly = ["t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"];

test("the names are the documented ones", () => {
  expect([...datasetNames].sort()).toEqual(
    ["cifar10", "dsprites", "fashion-mini", "fashion-mnist", "kmnist", "mnist", "sprites"].sort(),
  );
});

test("types refuse the options that the run refuses", async () => {
  // @ts-expect-error fashion-mini is part of the package
  await expect(load("fashion-mini", { folder: "x" })).rejects.toThrow('got "folder"');
  // @ts-expect-error mnist is never cut
  await expect(load("mnist", { count: 5 })).rejects.toThrow('got "count"');
  // @ts-expect-error sprites are computed
  await expect(load("sprites", { folder: "x" })).rejects.toThrow('got "folder"');
  const options: LoadOptions = { size: 8, count: 4 };
  const name: DatasetName = datasetNames.at(-1) ?? "sprites";
  expect((await load(name, options)).train.shape.slice(1)).toEqual([8, 8, 1]);
});

test("fashion-mini is there without any file or network", async () => {
  const { name, train, test: tests, classNames } = await load("fashion-mini");
  expect(name).toBe("fashion-mini");
  expect(train.shape).toEqual([5000, 28, 28, 1]);
  expect(tests.shape).toEqual([1000, 28, 28, 1]);
  expect(train.data).toHaveLength(5000 * 784);
  expect(classNames).toHaveLength(10);
  for (const { labels, shape } of [train, tests]) {
    const counts = new Array<number>(10).fill(0);
    labels?.forEach((label) => {
      counts[label] = (counts[label] ?? 0) + 1;
    });
    expect(counts).toEqual(new Array(10).fill((shape[0] ?? 0) / 10));
  }
});

test.each<[string, string, LoadOptions, string]>([
  [
    "an unknown name",
    "emnist",
    {},
    'load: name must be one of fashion-mini, fashion-mnist, mnist, kmnist, cifar10, dsprites, sprites, got "emnist"',
  ],
  ["no name", undefined as never, {}, "got undefined"],
  ["an option that the set has no use for", "mnist", { count: 5 }, 'got "count"'],
  [
    "an option for a bundled set",
    "fashion-mini",
    { folder: "x" },
    'options must be left out, got "folder"',
  ],
  ["an empty folder name", "mnist", { folder: "" }, 'folder must be a path, as a string, got ""'],
  [
    "a mirror that is no address",
    "mnist",
    { mirrors: ["here"] },
    "mirrors[0] must be an http or https address",
  ],
  ["a timeout of 0", "mnist", { timeout: 0 }, "timeout must be an integer at least 1, got 0"],
  [
    "a progress line for a function",
    "mnist",
    { onProgress: "bar" as never },
    "onProgress must be a function",
  ],
  ["a signal of another kind", "mnist", { signal: {} as never }, "signal must be an AbortSignal"],
  ["yes for a download", "mnist", { download: "yes" as never }, "download must be true or false"],
  [
    "a folder that does not exist",
    "mnist",
    { folder: "/no/such" },
    'load("mnist"): folder must exist, got /no/such',
  ],
  [
    "a broken count",
    "dsprites",
    { count: 0 },
    'count must be an integer at least 2, or "all", got 0',
  ],
])("%s is refused", async (_, name, options, message) => {
  await expect(load(name as DatasetName, options)).rejects.toThrow(message);
});

test("offline, the message names the file, the places and the way to provide it", async () => {
  const [folder, cache] = [await emptyFolder(), await emptyFolder()];
  const error = await load("kmnist", { folder, cache, download: false }).catch(
    (thrown: unknown) => thrown as Error,
  );
  expect(error).toBeInstanceOf(Error);
  const { message } = error as Error;
  expect(message).toMatch(/^load\("kmnist"\): train-images-idx3-ubyte\.gz must be in one of /u);
  expect(message).toContain(folder);
  expect(message).toContain(join(cache, "datasets", "kmnist", "train-images-idx3-ubyte.gz"));
  expect(message).toContain("downloads are off");
  expect(message).toContain("options.folder");
  expect(message).not.toContain("\n");
});

test("a failed download says for each mirror why", async () => {
  const error = await load("mnist", {
    cache: await emptyFolder(),
    mirrors: ["http://127.0.0.1:9/a", "http://127.0.0.1:9/b/"],
    attempts: 1,
  }).catch((thrown: unknown) => thrown as Error);
  const { message } = error as Error;
  expect(message).toContain("http://127.0.0.1:9/a/train-images-idx3-ubyte.gz: ");
  expect(message).toContain("http://127.0.0.1:9/b/train-images-idx3-ubyte.gz: ");
});

test("the catalog holds a digest, a limit and a mirror for every file", () => {
  for (const { files, mirrors } of Object.values(published)) {
    expect(mirrors.length).toBeGreaterThan(0);
    for (const { digest, maxBytes, bytes = 0, name } of files) {
      expect(digest.hex).toMatch(digest.algorithm === "md5" ? /^[\da-f]{32}$/u : /^[\da-f]{64}$/u);
      expect(maxBytes).toBeGreaterThanOrEqual(bytes);
      expect(name).not.toContain("/");
    }
    for (const mirror of mirrors) expect(mirror).toMatch(/^https?:\/\/.*\/$/u);
  }
});

describe.skipIf(!isFashionHere)(
  `the full Fashion-MNIST (skipped unless its files are in shared/data beside the repository or below ELBO_SHARED)`,
  () => {
    test("is loaded from a folder and verified", async () => {
      const { train, test: tests } = await load("fashion-mnist", { folder: fashionFolder });
      expect(train.shape).toEqual([60_000, 28, 28, 1]);
      expect(tests.shape).toEqual([10_000, 28, 28, 1]);
      expect([...(train.labels ?? [])].slice(0, 5)).toEqual([9, 0, 0, 3, 0]);
    });

    test("is loaded when it is compressed in another way or not at all", async () => {
      const folder = await emptyFolder();
      await mkdir(join(folder, "fashion-mnist"));
      for (const name of ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"]) {
        await copyFile(join(fashionFolder, name), join(folder, "fashion-mnist", name));
      }
      const [images, labels] = await Promise.all(
        testOnly.map(async (name) => gunzipSync(await readFile(join(fashionFolder, name)))),
      );
      await writeFile(join(folder, "t10k-images-idx3-ubyte"), images as Uint8Array);
      await writeFile(join(folder, "t10k-labels-idx1-ubyte.gz"), gzipSync(labels, { level: 1 }));
      const { test: tests } = await load("fashion-mnist", { folder });
      expect(tests.shape).toEqual([10_000, 28, 28, 1]);
    });

    test("is refused when one byte differs", async () => {
      const folder = await emptyFolder();
      const name = "train-images-idx3-ubyte";
      const images = gunzipSync(await readFile(join(fashionFolder, `${name}.gz`)));
      images[1_000_000] = images[1_000_000] ^ 1;
      await writeFile(join(folder, name), images);
      await expect(load("fashion-mnist", { folder })).rejects.toThrow(
        `${name}.gz must be the published file, got ${join(folder, name)} (the decompressed content must have the SHA-256 c59f`,
      );
    });

    test("is downloaded into the cache with progress, then loaded without a network", async () => {
      const { address, ranges } = await serve((request, response) => {
        const name = request.url?.split("/").at(-1) ?? "";
        void readFile(join(fashionFolder, name)).then((content) => {
          send(request, response, { content });
        });
      });
      const cache = await emptyFolder();
      const seen = new Map<string, number>();
      const onProgress = ({ dataset, file, received, total = 0 }: Progress): void => {
        expect(dataset).toBe("fashion-mnist");
        seen.set(file, received / total);
      };
      const first = await load("fashion-mnist", { cache, mirrors: [`${address}data`], onProgress });
      expect([...seen.values()]).toEqual([1, 1, 1, 1]);
      expect(ranges).toHaveLength(4);
      const again = await load("fashion-mnist", { cache, download: false });
      // Buffer.compare, because comparing millions of values one by one takes minutes.
      expect(Buffer.compare(again.test.data as Uint8Array, first.test.data as Uint8Array)).toBe(0);
      expect(again.test.labels).toEqual(first.test.labels);

      const damaged = join(cache, "datasets", "fashion-mnist", testOnly[1]);
      await writeFile(damaged, "damaged");
      await expect(load("fashion-mnist", { cache, download: false })).rejects.toThrow(
        "the cached file is wrong",
      );
      await load("fashion-mnist", { cache, mirrors: [address] });
      expect(ranges).toHaveLength(5);
    });

    // Windows has no such place.
    test.skipIf(process.platform === "win32")(
      "is found where Debian's package puts it",
      async () => {
        const share = await emptyFolder();
        await mkdir(join(share, "datasets"));
        await symlink(fashionFolder, join(share, "datasets", "fashion-mnist"));
        vi.stubEnv("XDG_DATA_DIRS", share);
        try {
          const cache = await emptyFolder();
          const { train } = await load("fashion-mnist", { cache, download: false });
          expect(train.shape[0]).toBe(60_000);
        } finally {
          vi.unstubAllEnvs();
        }
      },
    );
  },
);
