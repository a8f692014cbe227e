import * as tf from "@tensorflow/tfjs-core";
import { readOptions } from "@elbo/common";
import type { NdArray } from "@elbo/jit";
import { arrayRows } from "../data/arrayRows.ts";
import type { ArrayLikeData } from "../data/examples.ts";
import { flowDistribution, flowVariables, readFlowSizes } from "../distributions/flow.ts";
import type { FlowSizes } from "../distributions/flow.ts";
import { toNdArray } from "../ndArray.ts";
import { assignValues, readVariables, writeVariables } from "../runner/variables.ts";
import { programOver, programsOf } from "../runner/program.ts";
import { runRows } from "../runner/rows.ts";
import { registerModel } from "../saving/modelKind.ts";
import { saveModel } from "../saving/saveModel.ts";
import type { ComputeOptions } from "../step/compute.ts";
import { computeOf, computeOptions } from "../step/computeOptions.ts";
import { createVariable } from "../step/createVariable.ts";
import type { Rows } from "../step/rows.ts";
import type { Trainable } from "../step/trainable.ts";
import type { Sampler } from "./savedSampler.ts";
import { readDraw, standardNormal } from "./standardNormal.ts";

/** Options of {@link normalizingFlow}. */
export interface NormalizingFlowOptions extends FlowSizes, ComputeOptions {}

/** What one way of a batch through a flow gives. */
export interface FlowPass {
  /** `log p(code)`, `[B]`, nats. */
  readonly logProb: tf.Tensor;
}

/** A flow over codes: `train(flow, codes)` fits it, `model.sample(16, { prior: flow })` draws from it. */
export interface NormalizingFlow extends Trainable<FlowPass>, Sampler {
  step: number;
  compute: ComputeOptions;
  /** `log p(code)` of codes `[n, L]` in nats. */
  logProb(codes: ArrayLikeData, options?: ComputeOptions): Promise<Float64Array>;
}

const columns = (size: number): Trainable["columns"] => ({
  code: { shape: [size], dtype: "float32" },
});

/**
 * A normalizing flow (RealNVP) over vectors of latents, trained on codes of a finished model: the second stage of two-stage training.
 * Codes are standardized by the training part first. Its one term is `nll`, `-log p(code)` in nats per example.
 *
 * @throws TypeError or RangeError when a size makes no sense
 */
export function normalizingFlow(options: NormalizingFlowOptions): NormalizingFlow {
  const fn = "normalizingFlow";
  const { engine, device, threads, ...given } = options;
  const compute = computeOf(readOptions(fn, computeOptions, { engine, device, threads }));
  const sizes = readFlowSizes(fn, given);
  const { size } = sizes;
  const variables = flowVariables(sizes);
  const mean = createVariable([size]);
  const deviation = createVariable([size], (values) => values.fill(1));
  const distribution = flowDistribution(variables, sizes);
  let isFitted = false;
  const flow: NormalizingFlow = {
    kind: "normalizing-flow",
    identity: { ...sizes },
    options: { ...sizes },
    networks: {},
    columns: columns(size),
    variables,
    state: { mean, deviation },
    seed: sizes.seed,
    compute,
    step: 0,
    pass({ code }) {
      const standardized = tf.div(tf.sub(code, mean), deviation);
      const scale = tf.sum(tf.log(deviation));
      return { logProb: tf.sub(distribution.logProb(standardized), scale) };
    },
    phases: [{ name: "flow", terms: ({ logProb }) => ({ nll: tf.neg(logProb) }) }],
    async fit(rows, indices) {
      if (isFitted || (flow.step ?? 0) > 0) return;
      isFitted = true;
      const moments = await momentsOf(rows, indices, size);
      assignValues(mean, moments.mean);
      assignValues(deviation, moments.deviation);
    },
    async logProb(codes, ways = {}) {
      const values = await toNdArray({ fn: "logProb", name: "codes" }, codes);
      const { logProb } = await runRows(flow, {
        name: "logProb",
        program: () =>
          programOver(flow, {}, (batch, context) => ({ ...flow.pass(batch, context) })),
        compute: computeOf(flow.compute, ways),
        count: values.shape[0],
        sources: [
          { rows: await arrayRows("logProb", flow.columns, values), columns: flow.columns },
        ],
      });
      return Float64Array.from(logProb.data);
    },
    async sample(count, ways = {}): Promise<NdArray> {
      readDraw(count, ways);
      const noise = await standardNormal(size).sample(count, ways);
      const noiseColumns = { noise: columns(size)["code"] };
      const { codes } = await runRows(flow, {
        name: "sample",
        program: () =>
          programOver(flow, { columns: noiseColumns }, (batch) => ({
            codes: tf.add(tf.mul(distribution.sample(batch["noise"]), deviation), mean),
          })),
        compute: computeOf(flow.compute, ways),
        count,
        sources: [{ rows: await arrayRows("sample", noiseColumns, noise), columns: noiseColumns }],
      });
      return codes;
    },
    async readWeights() {
      await programsOf(flow).pull();
      return readVariables({ ...variables, mean, deviation });
    },
    async writeWeights(weights) {
      writeVariables("writeWeights", { ...variables, mean, deviation }, weights);
      isFitted = true;
      await programsOf(flow).push();
    },
    save: (directory) => saveModel(flow, directory),
    dispose() {
      programsOf(flow).dispose();
      tf.dispose([...Object.values(variables), mean, deviation]);
    },
  };
  return flow;
}

registerModel<NormalizingFlow>({
  kind: "normalizing-flow",
  build: (options) => normalizingFlow(options as unknown as NormalizingFlowOptions),
});

/** Mean and deviation of the training codes; a constant value has the deviation 1. */
async function momentsOf(
  rows: Rows,
  indices: Int32Array,
  size: number,
): Promise<{ mean: Float32Array; deviation: Float32Array }> {
  const code = new Float32Array(indices.length * size);
  await rows.fillInto({ code }, { indices });
  const mean = new Float64Array(size);
  const variance = new Float64Array(size);
  code.forEach((value, i) => (mean[i % size] += value / indices.length));
  code.forEach(
    (value, i) => (variance[i % size] += (value - mean[i % size]) ** 2 / indices.length),
  );
  return {
    mean: Float32Array.from(mean),
    deviation: Float32Array.from(variance, (v) => (v > 1e-12 ? Math.sqrt(v) : 1)),
  };
}
