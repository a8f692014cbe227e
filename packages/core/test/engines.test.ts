/** Whole training runs on every engine: the losses of the eager one, and the same bytes for any number of threads. */
import { describe } from "vitest";
import {
  adam,
  adamW,
  conv,
  createLikelihood,
  createModel,
  elbo,
  gaussian,
  mlp,
  Random,
  reparameterized,
  sgd,
} from "../src/index.ts";
import type { Networks, Optimizer } from "../src/index.ts";
import type { NetworkShapes } from "../src/networks/index.ts";
import { lion } from "./programs/lion.ts";
import { runOn, testEngines, type Compute, type EngineRun } from "./support/engines.ts";

/** Large enough that products, convolutions and sums have several parts, for threads to take. */
const rows: readonly [string, Optimizer, (shapes: NetworkShapes) => Networks][] = [
  ["adam", adam({ learningRate: 0.01, epsilon: 1e-4 }), (s) => mlp({ ...s, hidden: [130] })],
  [
    "adamW",
    adamW({ learningRate: 0.01, epsilon: 1e-4, weightDecay: 0.1 }),
    (s) => conv({ ...s, widths: [9, 17], hidden: [40] }),
  ],
  ["sgd", sgd({ learningRate: 1e-4 }), (s) => mlp({ ...s, hidden: [130, 40] })],
  [
    "sgd with momentum",
    sgd({ learningRate: 1e-4, momentum: 0.9 }),
    (s) => conv({ ...s, widths: [16], hidden: [20] }),
  ],
  ["lion", lion({ learningRate: 1e-4 }), (s) => mlp({ ...s, hidden: [130] })],
];

const image = [16, 16, 1];

function greys(): { data: Uint8Array; shape: number[] } {
  const values = new Float32Array(150 * 256);
  new Random(5).fillUniformInto(values);
  return { data: Uint8Array.from(values, (v) => Math.round(v * 255)), shape: [150, ...image] };
}

const data = greys();

/** Batches of 60, 60 and 30, twice but for one, with clipping and averages of weights. */
function trained(
  [, optimizer, networks]: (typeof rows)[number],
  compute: Compute,
): Promise<EngineRun> {
  const example = { x: createLikelihood({ kind: "bernoulli", binarize: "none" }, image) };
  const latents = reparameterized({ size: 5, posterior: gaussian });
  const model = createModel({
    kind: "engines",
    options: {},
    example,
    latents,
    networks: networks({ example, latents, seed: 1 }),
    objective: elbo(),
  });
  const options = { batchSize: 60, steps: 5, clipNorm: 30, ema: 0.9, optimizer };
  return runOn(model, data, { ...options, ...compute });
}

// Convolutions by TF.js alone take seconds: compiled.test.ts compares small ones with eager, here native stands for it.
const reference = (name: string): "eager" | "native" =>
  /W|momentum/.test(name) ? "native" : "eager";

describe.each(rows.map((row) => ({ name: row[0], row })))("$name", ({ name, row }) => {
  testEngines((compute) => trained(row, compute), {
    tolerance: { rtol: 2e-4 },
    reference: reference(name),
    threaded: ["native", "portable"],
  });
});
