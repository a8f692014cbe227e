import type * as Jax from "@jax-js/jax";
import { adamScalars } from "../cases/adam.ts";
import { batches } from "../cases/work.ts";
import { batchOf } from "./competitor.ts";
import type { Work } from "../cases/work.ts";
import type { Checked } from "../statistics.ts";
import type { Instance, Competitor, WorkArrays } from "./competitor.ts";

type Arrays = Record<string, Jax.Array>;
type State = { readonly weights: Arrays; readonly first: Arrays; readonly second: Arrays };

const latent = 20;

/**
 * The MLP's training step in jax-js, compiled with its `jit`. An array is consumed by the function that it is passed to; `.ref` keeps it.
 */
export function jaxJsCompetitor(): Competitor {
  let jax: typeof Jax | undefined;
  return {
    async load() {
      const name = "@jax-js/jax"; // not a literal: bundlers leave it alone
      jax = (await import(name)) as typeof Jax;
      await jax.init("wasm");
      jax.defaultDevice("wasm");
      return {};
    },
    prepare(work, arrays) {
      if (jax === undefined) throw new Error("internal: prepare before load");
      return new JaxInstance(jax, work, arrays);
    },
  };
}

class JaxInstance implements Instance {
  readonly #jax: typeof Jax;
  readonly #work: Work;
  readonly #arrays: WorkArrays;
  readonly #batches: readonly Record<string, Float32Array>[];
  readonly #step;
  #state: State;
  #index = 0;

  constructor(jax: typeof Jax, work: Work, arrays: WorkArrays) {
    this.#jax = jax;
    this.#work = work;
    this.#arrays = arrays;
    this.#batches = Array.from({ length: batches }, (_, i) => batchOf(work, arrays.inputs, i));
    this.#step = jax.jit(trainingStep(jax, work.batch));
    this.#state = this.#start();
  }

  async step(): Promise<unknown> {
    const loss = await this.#advance();
    loss.dispose();
    return undefined;
  }

  async check(steps: number, values: number): Promise<Checked> {
    this.#state = this.#start();
    this.#index = 0;
    const losses: number[] = [];
    for (let i = 0; i < steps; i++) losses.push((await valuesOf(await this.#advance()))[0]);
    const { x, noise } = this.#feeds(0);
    const weights = keep(this.#state.weights);
    const { logits, mu, logVar } = forward(this.#jax, weights, { x, noise });
    const decoded = await valuesOf(this.#jax.nn.sigmoid(logits));
    for (const array of [mu, logVar]) array.dispose();
    return { losses, values: Array.from(decoded.subarray(0, values)) };
  }

  dispose(): void {
    // The process ends with its only work.
  }

  #start(): State {
    const arrays = (fill: (name: string, size: number) => Float32Array): Arrays =>
      Object.fromEntries(
        this.#work.weights.map(({ name, shape }) => {
          const values = fill(name, this.#arrays.weights[name].length);
          return [name, this.#jax.numpy.array(values).reshape([...shape])];
        }),
      );
    const zeros = (_: string, size: number): Float32Array => new Float32Array(size);
    return {
      weights: arrays((name) => this.#arrays.weights[name].slice()),
      first: arrays(zeros),
      second: arrays(zeros),
    };
  }

  #feeds(index: number): { x: Jax.Array; noise: Jax.Array } {
    const { x, noise } = this.#batches[index % batches];
    const { batch } = this.#work;
    return {
      x: this.#jax.numpy.array(x.slice()).reshape([batch, 784]),
      noise: this.#jax.numpy.array(noise.slice()).reshape([batch, latent]),
    };
  }

  async #advance(): Promise<Jax.Array> {
    const index = this.#index++;
    const { x, noise } = this.#feeds(index);
    const { rate, epsilon } = adamScalars(index);
    const { numpy } = this.#jax;
    const scalars = numpy.array(new Float32Array([rate, epsilon]));
    const { loss, ...state } = this.#step(this.#state, x, noise, scalars);
    this.#state = state;
    await this.#jax.blockUntilReady(state);
    return loss;
  }
}

/** The numbers of an array, which is consumed. */
async function valuesOf(array: Jax.Array): Promise<Float32Array> {
  return (await array.data()) as Float32Array;
}

/** The arrays themselves, each with one more owner. */
function keep(arrays: Arrays): Arrays {
  return Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, array.ref]));
}

interface Forward {
  readonly logits: Jax.Array;
  readonly mu: Jax.Array;
  readonly logVar: Jax.Array;
}

/** Consumes everything that it is given. */
function forward(
  { numpy: np, nn }: typeof Jax,
  weights: Arrays,
  { x, noise }: { x: Jax.Array; noise: Jax.Array },
): Forward {
  const dense = (name: string, input: Jax.Array): Jax.Array =>
    np.matmul(input, weights[`${name}.kernel`]).add(weights[`${name}.bias`]);
  const features = dense("encoder.output", nn.relu(dense("encoder.hidden", x)));
  const [mu, logVar] = np.split(features, 2, 1);
  const z = mu.ref.add(noise.mul(np.exp(logVar.ref.mul(0.5))));
  return { logits: dense("decoder.output", nn.relu(dense("decoder.hidden", z))), mu, logVar };
}

function trainingStep(jax: typeof Jax, batch: number) {
  const { numpy: np, nn } = jax;
  const loss = (weights: Arrays, x: Jax.Array, noise: Jax.Array): Jax.Array => {
    const { logits, mu, logVar } = forward(jax, weights, { x: x.ref, noise });
    const distortion = np.sum(nn.softplus(logits.ref).sub(x.mul(logits)));
    const rate = np.sum(mu.ref.mul(mu).add(np.exp(logVar.ref)).sub(logVar).sub(1));
    return distortion.add(rate.mul(0.5)).div(batch);
  };
  const gradient = jax.valueAndGrad(loss);
  return (
    { weights, first, second }: State,
    x: Jax.Array,
    noise: Jax.Array,
    scalars: Jax.Array,
  ) => {
    const [value, gradients] = gradient(keep(weights), x, noise);
    const [rate, epsilon] = np.split(scalars, 2, 0);
    const next: State & { loss: Jax.Array } = { weights: {}, first: {}, second: {}, loss: value };
    for (const name of Object.keys(weights)) {
      const g = gradients[name];
      const m = first[name].mul(0.9).add(g.ref.mul(0.1));
      const v = second[name].mul(0.999).add(g.ref.mul(g).mul(1 - 0.999));
      next.first[name] = m.ref;
      next.second[name] = v.ref;
      const move = m.mul(rate.ref).div(np.sqrt(v).add(epsilon.ref));
      next.weights[name] = weights[name].sub(move);
    }
    rate.dispose();
    epsilon.dispose();
    return next;
  };
}
