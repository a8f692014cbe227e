/** What every quantizer must do, a row for each of its choices; and what the peers get wrong. */
import { isOfBatch, Random, type Quantized, type Quantizer, type StepContext } from "@elbo/core";
import { expectClose } from "@elbo/test-utils";
import { normals } from "@elbo/test-utils/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import {
  createQuantizer,
  quantized,
  quantizerJson,
  vqVae,
  type QuantizerChoice,
} from "../src/index.ts";
import { choices } from "./support/choices.ts";
import { contextFor, make } from "./support/tensors.ts";

const shapeFor = ({ codeDim }: Quantizer): [number, number, number] => [4, 5, codeDim];

/** The scheme's draw of vectors `[B, T, D]`. */
const drawn = (quantizer: Quantizer, z: tf.Tensor, context: StepContext): tf.Tensor => {
  const latents = quantized({ grid: [z.shape[1] as number], quantizer });
  return tf.squeeze(latents.draw(latents.posterior(z, context), context), [0]);
};

test.each(choices)("rows are the lookup of their indices, bit for bit: %s", (_, choice) => {
  const quantizer = make(choice);
  const z = normals(new Random(1), shapeFor(quantizer));
  const { rows, indices } = quantizer.quantize(z, contextFor(quantizer, z, { training: false }));
  const lists = quantizer.codebookSize.length;
  expect(indices.shape).toEqual(lists === 1 ? [4, 5] : [4, 5, lists]);
  expect(indices.dtype).toBe("int32");
  expect(quantizer.lookup(indices).dataSync()).toEqual(rows.dataSync());
  const limits = quantizer.codebookSize;
  const found = [...indices.dataSync()];
  expect(found.every((k, i) => k >= 0 && k < limits[i % lists])).toBe(true);
});

test.each(choices)("JSON makes an equal quantizer again: %s", (_, choice) => {
  const quantizer = make(choice);
  const json = JSON.parse(JSON.stringify(quantizerJson(quantizer))) as { kind: string };
  const again = createQuantizer(json as never);
  expect(quantizerJson(again)).toEqual(json);
  const z = normals(new Random(1), shapeFor(quantizer));
  const context = contextFor(quantizer, z);
  expect(again.quantize(z, context).rows.dataSync()).toEqual(
    quantizer.quantize(z, context).rows.dataSync(),
  );
});

test.each(choices)("only update moves state, and what is looked at stays: %s", (_, choice) => {
  const quantizer = make(choice);
  const z = normals(new Random(1), shapeFor(quantizer));
  const context = contextFor(quantizer, z);
  const bytes = (): number[][] =>
    Object.values({ ...quantizer.state, ...quantizer.variables }).map((v) => [...v.dataSync()]);
  const before = bytes();
  const result = quantizer.quantize(z, context);
  quantizer.lookup(result.indices);
  expect(bytes()).toEqual(before);
  quantizer.update?.(result, z, context);
  const moves = Object.keys(quantizer.state ?? {}).some((name) => /(use|mean)$/.test(name));
  expect(JSON.stringify(bytes()) !== JSON.stringify(before)).toBe(moves);
});

test.each(choices)(
  "a start from vectors gives the rows that they are replaced by: %s",
  (_, choice) => {
    const quantizer = make(choice);
    if (quantizer.initialize === undefined) return;
    const z = normals(new Random(1), [40, 5, quantizer.codeDim]);
    const rows = quantizer.initialize(z.dataSync() as Float32Array, new Random(2));
    const after = quantizer.quantize(z, contextFor(quantizer, z, { training: false }));
    expectClose(rows, after.rows.dataSync(), { rtol: 1e-4, atol: 1e-5 });
  },
);

test.each(choices)(
  "losses have the names of the weights, and are per example or of the batch: %s",
  (_, choice) => {
    const quantizer = make(choice);
    const z = normals(new Random(1), shapeFor(quantizer));
    const { losses, rate } = quantizer.quantize(z, contextFor(quantizer, z));
    expect(Object.keys(losses).sort()).toEqual(Object.keys(quantizer.weights ?? {}).sort());
    for (const loss of Object.values(losses)) {
      if (isOfBatch(loss)) expect(loss.ofBatch.shape).toEqual([]);
      else expect(loss.shape).toEqual([4]);
      const values = [...(isOfBatch(loss) ? loss.ofBatch : loss).dataSync()];
      expect(Math.min(...values)).toBeGreaterThanOrEqual(-1e-5);
    }
    if (rate !== undefined) expect(rate.shape).toEqual([4]);
  },
);

// Defect 3 of peers: means in the sum buffer, counts in the count buffer; the first step scales a code of 64 hits by 0.025.
test("a k-means start with means in the place of sums: the first step of the averages keeps codes at their tokens", () => {
  const quantizer = make({ kind: "vector", codebookSize: 4, codeDim: 2, reviveBelow: 0 });
  const z = normals(new Random(3), [64, 4, 2]);
  quantizer.initialize?.(z.dataSync() as Float32Array, new Random(1));
  const codes = quantizer.state?.["codes"] as tf.Variable;
  const before = [...codes.dataSync()];
  const context = contextFor(quantizer, z);
  quantizer.update?.(quantizer.quantize(z, context), z, context);
  expectClose(codes.dataSync(), before, { rtol: 0.05, atol: 0.02 });
});

// Defect 5 of peers: the encoder's gradient is multiplied by the number of depths, or the commitment of later ones has none.
test.each([1, 2, 4])(
  "a residual gradient multiplied by the number of quantizers: it is 1 for %d depths",
  (depths) => {
    const part = { kind: "vector", codebookSize: 8, codeDim: 3 } as const;
    for (const dropout of [0, 0.7]) {
      const quantizer = make({ kind: "residual", parts: new Array(depths).fill(part), dropout });
      const z = normals(new Random(1), [4, 5, 3]);
      const weights = normals(new Random(2), [4, 5, 3]);
      const context = contextFor(quantizer, z);
      const gradient = tf.grad((x) => tf.sum(tf.mul(weights, drawn(quantizer, x, context))))(z);
      expect(gradient.dataSync()).toEqual(weights.dataSync());
    }
  },
);

test.each(choices.filter(([, choice]) => make(choice).draw === undefined))(
  "a residual of two %s with dropout passes a gradient that is finite",
  (_, part: QuantizerChoice) => {
    const quantizer = make({ kind: "residual", parts: [part, part], dropout: 0.5 });
    const z = normals(new Random(1), [4, 5, quantizer.codeDim]);
    const context = contextFor(quantizer, z);
    const gradient = tf.grad((x) => tf.sum(tf.square(drawn(quantizer, x, context))))(z);
    expect(gradient.dataSync().every(Number.isFinite)).toBe(true);
    expect(Math.max(...tf.abs(gradient).dataSync())).toBeGreaterThan(0);
  },
);

test("a residual commitment without a gradient at later depths: each depth pulls the encoder towards its code", () => {
  const parts = [1, 2, 3].map((seed) =>
    createQuantizer({ kind: "vector", codebookSize: 4, codeDim: 3, seed }),
  );
  const quantizer = createQuantizer({ kind: "residual", parts });
  const z = normals(new Random(1), [2, 5, 3]);
  const gradient = tf.grad((x) => {
    const { losses } = quantizer.quantize(x, contextFor(quantizer, z));
    return tf.sum(losses["commitment"]);
  })(z);
  let rest: tf.Tensor = z;
  let expected: tf.Tensor = tf.zerosLike(z);
  for (const part of parts) {
    const { rows } = part.quantize(rest, contextFor(part, z));
    rest = tf.sub(rest, rows);
    expect(Math.max(...tf.abs(rest).dataSync())).toBeGreaterThan(0);
    expected = tf.add(expected, tf.mul(2, rest));
  }
  expectClose(gradient.dataSync(), expected.dataSync());
});

// Defect 7 of peers.
test("beta on the wrong term: the commitment moves the encoder alone, the codebook loss the codes alone", () => {
  const quantizer = make({ kind: "vector", codebookSize: 4, codeDim: 3, codebook: "gradient" });
  const codes = quantizer.variables?.["codes"] as tf.Variable;
  const z = normals(new Random(1), [2, 5, 3]);
  const loss = (name: string, x: tf.Tensor): tf.Scalar => {
    const { losses } = quantizer.quantize(x, contextFor(quantizer, z));
    return tf.add(tf.sum(losses[name] as tf.Tensor), tf.mul(0, tf.add(tf.sum(codes), tf.sum(x))));
  };
  const most = (gradient: tf.Tensor): number => Math.max(...tf.abs(gradient).dataSync());
  for (const [name, movesEncoder] of [
    ["commitment", true],
    ["codebook", false],
  ] as const) {
    expect(most(tf.grad((x) => loss(name, x))(z)) > 0).toBe(movesEncoder);
    const { grads } = tf.variableGrads(() => loss(name, z), [codes]);
    expect(most(grads[codes.name]) > 0).toBe(!movesEncoder);
  }
});

// Defect 11 of peers.
test.each([{}, { distance: "cosine" }] as const)(
  "an optimizer's steps that the averages overwrite: an EMA codebook has nothing that gradients move, and refuses a weight for it, %j",
  (choice) => {
    const quantizer = make({ kind: "vector", codebookSize: 8, codeDim: 4, ...choice });
    expect(quantizer.variables).toEqual({});
    expect(quantizer.weights).toEqual({ commitment: 1 });
    const pulled = { quantizer: { kind: "vector", ...choice }, weights: { codebook: 1 } } as const;
    expect(() => vqVae({ image: [8, 8, 1], ...pulled })).toThrow(
      'vqVae: weights must be of rate, commitment, got "codebook"',
    );
  },
);

test.each([true, false])(
  "a Gumbel straight-through without a gradient: it reaches logits and codes, hard %s",
  (hard) => {
    const quantizer = make({ kind: "gumbel", codebookSize: 6, codeDim: 3, hard });
    const z = normals(new Random(1), [2, 5, 3]);
    const weights = normals(new Random(2), [2, 5, 3]);
    const context = contextFor(quantizer, z);
    const loss = (x: tf.Tensor): tf.Scalar => tf.sum(tf.mul(weights, drawn(quantizer, x, context)));
    expect(Math.max(...tf.abs(tf.grad(loss)(z)).dataSync())).toBeGreaterThan(1e-3);
    const { grads } = tf.variableGrads(() => loss(z), Object.values(quantizer.variables ?? {}));
    for (const gradient of Object.values(grads)) {
      expect(Math.max(...tf.abs(gradient).dataSync())).toBeGreaterThan(1e-3);
    }
  },
);

test("a Gumbel posterior that starts with few codes: it starts as that of a mixture around k-means, every code in use", () => {
  const quantizer = make({ kind: "gumbel", codebookSize: 6, codeDim: 2 });
  const random = new Random(3);
  const centres = tf.mul(normals(random.fork("centres"), [6, 1, 2]), 3);
  const around = tf.mul(normals(random.fork("around"), [6, 40, 2]), 0.1);
  const z = tf.reshape(tf.add(centres, around), [48, 5, 2]);
  const vectors = z.dataSync() as Float32Array;
  quantizer.initialize?.(vectors, new Random(2));
  const context = contextFor(quantizer, z, { training: false });
  const { indices, rows, logits } = quantizer.quantize(z, context) as Quantized & {
    readonly logits: tf.Tensor;
  };
  expect(new Set(indices.dataSync()).size).toBe(6);
  // By hand: the mean of squared distances, and of the first vector the log ratio of two codes.
  const near = rows.dataSync();
  const width = vectors.reduce((sum, x, i) => sum + (x - near[i]) ** 2, 0) / (vectors.length / 2);
  const codes = quantizer.lookup(tf.tensor1d([0, 1, 2, 3, 4, 5], "int32")).dataSync();
  const squared = (k: number): number =>
    (vectors[0] - codes[2 * k]) ** 2 + (vectors[1] - codes[2 * k + 1]) ** 2;
  const first = logits.dataSync();
  for (let k = 1; k < 6; k++)
    expectClose([first[k] - first[0]], [(squared(0) - squared(k)) / (2 * width)], {
      rtol: 1e-3,
      atol: 0.05,
    });
});
