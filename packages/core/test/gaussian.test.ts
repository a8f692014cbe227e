import * as tf from "@tensorflow/tfjs-core";
import { expectClose } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { gaussian } from "../src/distributions/gaussian.ts";
import { gaussianLogProb } from "./support/references.ts";
import { compute, normals, toTensor } from "./support/tensors.ts";

const mean = normals(1, [2, 3]);
const x = normals(2, [2, 3]);

test.each([
  ["a number", -1.5],
  ["a scalar", tf.scalar(-1.5)],
  ["a tensor", tf.fill([2, 3], -1.5)],
])("the log variance may be %s", (_, logVar) => {
  const p = gaussian({ mean: toTensor(mean), logVar });
  expectClose(
    compute(() => p.logProb(toTensor(x))),
    x.data.map((value, i) => gaussianLogProb(value, mean.data[i], -1.5)),
  );
  expect(p.entropy().shape).toEqual([2, 3]);
  expect(p.sample(tf.zeros([2, 3])).shape).toEqual([2, 3]);
});
