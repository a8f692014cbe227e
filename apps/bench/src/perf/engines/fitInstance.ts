import * as tf from "@tensorflow/tfjs-core";
import { betaVae } from "@elbo/beta-vae";
import type { BetaVae } from "@elbo/beta-vae";
import { evaluate, takeRows, train } from "@elbo/core";
import type { EngineName } from "@elbo/jit";
import type { FitWork } from "../cases/work.ts";
import type { Checked } from "../statistics.ts";
import type { FitImages, Instance, WorkArrays } from "./competitor.ts";

const latent = 20;

/** Training end to end as users of the packages write it: each step makes the model and trains it with `train` from bytes in memory. */
export class FitInstance implements Instance {
  readonly #work: FitWork;
  readonly #options: { readonly engine: EngineName; readonly threads: number };
  readonly #weights: WorkArrays["weights"];
  readonly #images: FitImages;
  #model: BetaVae | undefined;

  constructor(
    work: FitWork,
    { weights, images }: WorkArrays,
    options: { engine: EngineName; threads: number },
  ) {
    if (images === undefined) throw new Error("internal: no images");
    this.#work = work;
    this.#options = options;
    this.#weights = weights;
    this.#images = images;
  }

  async step(): Promise<void> {
    this.dispose();
    const { data, shape, epochs } = this.#images;
    const model = betaVae({
      image: shape.slice(1),
      latent,
      likelihood: { kind: "bernoulli", binarize: "none" },
      network: { kind: "mlp", hidden: [400] },
      ...this.#options,
    });
    this.#start(model);
    this.#model = model;
    await train(
      model,
      { data, shape },
      { epochs, batchSize: this.#work.batch, validation: 0, seed: 1, progress: "silent" },
    );
  }

  /** The loss of the trained model: the mean over the first images. */
  async check(_: number, values: number): Promise<Checked> {
    if (this.#model === undefined) throw new Error("internal: a check before the first step");
    const { distortion, rate } = await evaluate(
      this.#model,
      takeRows(
        this.#images,
        Array.from({ length: values }, (__, i) => i),
      ),
    );
    return { losses: [distortion.mean + rate.mean], values: [] };
  }

  dispose(): void {
    this.#model?.dispose();
    this.#model = undefined;
  }

  /** Gives a model the weights of the work, which come in the order of its own. */
  #start({ variables }: BetaVae): void {
    const own = Object.values(variables);
    this.#work.weights.forEach(({ name, shape }, i) => {
      if (own[i]?.shape.join() !== shape.join())
        throw new Error(`internal: no variable for ${name}`);
      tf.tidy(() => {
        own[i].assign(tf.tensor(this.#weights[name], [...shape]));
      });
    });
  }
}
