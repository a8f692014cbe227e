import * as tf from "@tensorflow/tfjs-core";
import type { NdArray } from "@elbo/jit";
import type { Latents } from "../latents/latents.ts";
import { sizeOf } from "../shape.ts";
import type { StepContext } from "../step/context.ts";
import { isOfBatch } from "../step/terms.ts";
import { contextFeeds, contextOf } from "./context.ts";
import type { ContextSizes } from "./context.ts";
import { columnMeans, Suite } from "./suite.ts";
import type { SuiteOptions } from "./suite.ts";

/** What {@link checkScheme} needs of a latent scheme. */
export interface SchemeCase extends SuiteOptions {
  /** Makes one; called more than once. */
  readonly make: () => Latents<unknown>;
  /** Size of the condition that it looks at, default 0. */
  readonly condition?: number;
  /** Whether latents follow features smoothly; false for quantizers, whose gradient is not that of what they compute. Default true. */
  readonly isSmooth?: boolean;
  /** Whether training looks at the batch as a whole, as batch normalization does: then an example is compared outside of training. Default false. */
  readonly isOfBatch?: boolean;
}

type Scheme = Latents<unknown>;

/** What one batch needs. */
interface Batch {
  readonly scheme: Scheme;
  readonly sizes: ContextSizes;
  readonly features: NdArray;
  readonly feeds: Readonly<Record<string, NdArray>>;
  readonly training: boolean;
}

const B = 3;
const K = 2;

/**
 * Checks that a latent scheme keeps its contract: draws `[K, B, ...latent]`, modes, codes that give the modes back bit for bit;
 * terms in nats, finite, of each example by itself; a rate that is the mean of `log q - log p` over draws; a prior that can be
 * drawn; gradients that are those of finite differences; the same numbers on all engines.
 *
 * @throws Error in one sentence for the first rule that it breaks
 */
export async function checkScheme(given: SchemeCase): Promise<void> {
  const scheme: Scheme = given.make();
  const suite = new Suite(`checkScheme: ${scheme.kind}`, given);
  suite.expectJson(scheme.options, given.make().options);
  const condition = given.condition ?? 0;
  const batch = batchOf(suite, scheme, { batchSize: B, draws: K, condition });
  const { termNames } = await checkShapes(suite, batch);
  await checkRows(suite, { ...batch, training: given.isOfBatch !== true });
  await checkRate(suite, scheme, { condition, hasRate: termNames.includes("rate") });
  await checkPrior(suite, batch);
  if (given.isSmooth ?? true) await checkGradients(suite, batch);
}

function batchOf(suite: Suite, scheme: Scheme, sizes: ContextSizes): Batch {
  const features = suite.draw("features", [sizes.batchSize, ...scheme.features]);
  const feeds = { ...contextFeeds(suite, scheme, sizes), features };
  return { scheme, sizes, features, feeds, training: true };
}

const stateOf = ({ variables = {}, state = {} }: Scheme): tf.Variable[] => [
  ...Object.values(variables),
  ...Object.values(state),
];

/** Posterior, draws and context of a batch, traced. */
function infer(
  { scheme, sizes, training }: Batch,
  feeds: Record<string, tf.Tensor>,
): { posterior: unknown; z: tf.Tensor; context: StepContext } {
  const context = { ...contextOf(scheme, sizes, feeds), training };
  const posterior = scheme.posterior(feeds["features"], context);
  return { posterior, z: scheme.draw(posterior, context), context };
}

async function checkShapes(
  suite: Suite,
  batch: Batch,
): Promise<{ readonly termNames: readonly string[] }> {
  const { scheme, feeds } = batch;
  const { latent, codeSpec } = scheme;
  const computed = await suite.compute({
    feeds,
    state: stateOf(scheme),
    run(tensors) {
      const { posterior, z, context } = infer(batch, tensors);
      const mode = scheme.mode(posterior);
      const code = scheme.code?.(posterior) ?? mode;
      const terms = Object.entries(scheme.terms(posterior, z, context)).map(([name, term]) => [
        `${isOfBatch(term) ? "batch" : "term"} ${name}`,
        isOfBatch(term) ? term.ofBatch : term,
      ]);
      const ratio = scheme.logRatio?.(posterior, z, context);
      const described = Object.entries(scheme.describe?.(posterior) ?? {});
      return {
        z,
        again: scheme.draw(posterior, context),
        mode: tf.clone(mode),
        code: tf.clone(code),
        back: tf.clone(scheme.fromCode?.(code) ?? code),
        ...(Object.fromEntries(terms) as Record<string, tf.Tensor>),
        ...(ratio === undefined ? {} : { ratio }),
        ...Object.fromEntries(
          described.map(([name, value]) => [`described ${name}`, tf.clone(value)]),
        ),
      };
    },
  });
  const { z, again, mode, code, back, ratio } = computed;
  suite.expectShape(z, [K, B, ...latent], "draws");
  suite.expectShape(mode, [B, ...latent], "modes");
  suite.expectShape(code, [B, ...(codeSpec?.shape ?? latent)], "codes");
  const isInteger = code.data instanceof Int32Array;
  suite.expect(
    isInteger === (codeSpec?.dtype === "int32"),
    `codes must be ${codeSpec?.dtype ?? "float32"}`,
    code.data.constructor.name,
  );
  suite.expectClose(again.data, z.data, {
    rule: "the same noise must give the same draw",
    rtol: 0,
    atol: 0,
  });
  suite.expectClose(back.data, mode.data, {
    rule: "the latents of a code must be the mode",
    rtol: 0,
    atol: 0,
  });
  if (ratio !== undefined) suite.expectShape(ratio, [K, B], "logRatio");
  for (const [name, value] of Object.entries(computed)) {
    suite.expectFinite(value, name);
    if (name.startsWith("term ")) suite.expectShape(value, [B], `the term ${name.slice(5)}`);
    if (name.startsWith("batch "))
      suite.expectShape(value, [], `the term of the batch ${name.slice(6)}`);
    if (name.startsWith("described "))
      suite.expect(value.shape[0] === B, `${name} must have a row per example`, value.shape);
  }
  const prefix = "term ";
  const names = Object.keys(computed).filter((name) => name.startsWith(prefix));
  return { termNames: names.map((name) => name.slice(prefix.length)) };
}

/** The first example alone gives what it gave among others. */
async function checkRows(suite: Suite, batch: Batch): Promise<void> {
  const { scheme, sizes } = batch;
  const alone: Batch = { ...batch, sizes: { ...sizes, batchSize: 1 } };
  const first = (name: string, { data, shape }: NdArray): NdArray => {
    const spec = scheme.noise?.[name.replace("noise ", "")];
    if (name.startsWith("noise ") && spec !== undefined && "per" in spec && spec.per === "batch")
      return { data, shape };
    const axis =
      name.startsWith("noise ") && spec !== undefined && "draws" in spec && spec.draws === true
        ? 1
        : 0;
    const size = sizeOf(shape.slice(axis + 1));
    const outer = sizeOf(shape.slice(0, axis));
    const rows = Array.from({ length: outer }, (_, i) => [
      ...data.subarray(i * B * size, i * B * size + size),
    ]);
    const cut =
      data instanceof Int32Array ? Int32Array.from(rows.flat()) : Float32Array.from(rows.flat());
    return { data: cut, shape: shape.map((length, i) => (i === axis ? 1 : length)) };
  };
  if (Object.values(scheme.noise ?? {}).some(({ kind }) => kind === "permutation")) return;
  const feeds = Object.fromEntries(
    Object.entries(batch.feeds).map(([name, array]) => [name, first(name, array)]),
  );
  const termsOf = (of: Batch): Promise<Readonly<Record<string, NdArray>>> =>
    suite.compute({
      feeds: of.feeds,
      state: stateOf(scheme),
      run(tensors) {
        const { posterior, z, context } = infer(of, tensors);
        const terms = Object.entries(scheme.terms(posterior, z, context)).flatMap(([name, term]) =>
          isOfBatch(term) ? [] : [[name, term]],
        );
        return {
          " z": tf.slice(z, [0, 0], [K, 1]),
          ...(Object.fromEntries(terms) as Record<string, tf.Tensor>),
        };
      },
    });
  const all = await termsOf(batch);
  const one = await termsOf({ ...alone, feeds });
  for (const [name, { data }] of Object.entries(one)) {
    const expected = name === " z" ? data : [data[0]];
    const actual = name === " z" ? all[name].data : [all[name].data[0]];
    suite.expectClose(actual, expected, {
      rule: `${name.trim()} of an example must not depend on the others`,
    });
  }
}

/** `rate = E[log q(z|x) - log p(z)]`, by many draws of the same posteriors. */
async function checkRate(
  suite: Suite,
  scheme: Scheme,
  { condition, hasRate }: { readonly condition: number; readonly hasRate: boolean },
): Promise<void> {
  if (!hasRate || scheme.logRatio === undefined) return;
  const draws = 4000;
  const batch = batchOf(suite, scheme, { batchSize: 1, draws, condition });
  const { rate, ratio } = await suite.compute({
    feeds: batch.feeds,
    state: stateOf(scheme),
    run(tensors) {
      const { posterior, z, context } = infer(batch, tensors);
      const { rate: own } = scheme.terms(posterior, z, context);
      return {
        rate: own as tf.Tensor,
        ratio: (scheme.logRatio as NonNullable<Scheme["logRatio"]>)(posterior, z, context),
      };
    },
  });
  const { means, errors } = columnMeans(ratio);
  suite.expect(
    Math.abs(rate.data[0] + means[0]) <= 6 * errors[0] + 1e-3,
    `rate must be the mean of -logRatio over draws, ${-means[0]} within ${6 * errors[0]}`,
    rate.data[0],
  );
}

async function checkPrior(suite: Suite, { scheme, sizes, feeds }: Batch): Promise<void> {
  const { priorNoise, latent } = scheme;
  if (scheme.prior === undefined) return;
  const priorOf = scheme.prior.bind(scheme);
  const spec = priorNoise ?? { kind: "normal", shape: latent };
  if (spec.kind === "permutation") return;
  const noise = suite.draw("prior", [B, ...spec.shape], spec.kind);
  const { draws } = await suite.compute({
    feeds: { ...feeds, prior: noise },
    state: stateOf(scheme),
    run: (tensors) => ({
      draws: priorOf(contextOf(scheme, sizes, tensors)).sample(tensors["prior"]),
    }),
  });
  suite.expectShape(draws, [B, ...latent], "draws of the prior");
  suite.expectFinite(draws, "draws of the prior");
}

async function checkGradients(suite: Suite, batch: Batch): Promise<void> {
  const { scheme, feeds, features } = batch;
  const others = Object.fromEntries(Object.entries(feeds).filter(([name]) => name !== "features"));
  const at = { at: features, feeds: others, state: stateOf(scheme) };
  await suite.expectGradient(
    "the draws",
    at,
    (x, tensors) => infer(batch, { ...tensors, features: x }).z,
  );
  await suite.expectGradient("the terms", at, (x, tensors) => {
    const { posterior, z, context } = infer(batch, { ...tensors, features: x });
    const terms = Object.values(scheme.terms(posterior, z, context));
    const sums = terms.map((term) => tf.sum(isOfBatch(term) ? term.ofBatch : term));
    return sums.length === 0 ? tf.mul(tf.sum(z), 0) : tf.addN(sums);
  });
}
