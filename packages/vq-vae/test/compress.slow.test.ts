import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { adam, codeBits, train } from "@elbo/core";
import { load } from "@elbo/datasets";
import { expect, test } from "vitest";
import { compress, decompressToCodes, pixelCnn, vqVae } from "../src/index.ts";

const shared =
  process.env["ELBO_SHARED"] ?? fileURLToPath(new URL("../../../../shared", import.meta.url));
const folder = join(shared, "data", "fashion-mnist");
const isThere = existsSync(folder);
const skipped = isThere
  ? ""
  : " (skipped: no Fashion-MNIST in shared/data beside the repository or below ELBO_SHARED)";

const quietly = { progress: "silent", validation: 0, seed: 1 } as const;

test.skipIf(!isThere)(
  `a file of 10,000 images is what the prior says within 0.5 %, and the codes come back${skipped}`,
  async () => {
    const { train: images, test: held } = await load("fashion-mnist", { folder });
    const network = { kind: "mlp", hidden: [64] } as const;
    const options = { codebookSize: 32, codeDim: 4, likelihood: "gaussian", network } as const;
    const model = vqVae({ image: [28, 28, 1], ...options, seed: 1 });
    await train(model, images, { ...quietly, steps: 150 });
    const some = { data: images.data.subarray(0, 10_000 * 784), shape: [10_000, 28, 28, 1] };
    const prior = pixelCnn({ positions: [7, 7], codebookSize: 32, width: 16, layers: 2, seed: 1 });
    const optimizer = adam({ learningRate: 0.005 });
    await train(prior, await model.encode(some), { ...quietly, steps: 150, optimizer });
    model.prior = prior;
    const bytes = await compress(model, held);
    const codes = await model.encode(held, { engine: "portable" });
    const { perExample } = await codeBits(prior, codes);
    const predicted = (10_000 * perExample.mean) / 8;
    expect(Math.abs((bytes.length - 56) / predicted - 1)).toBeLessThan(0.005);
    expect((await decompressToCodes(model, bytes)).codes).toEqual(codes);
  },
  240_000,
);
