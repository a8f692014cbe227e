import * as tf from "@tensorflow/tfjs-core";
import { jit } from "../../src/index.ts";
import { adamScalars, mlpVaeStep, seeded } from "../mlpVae.ts";

/** A native training step that may be run very often on one batch; every tenth gives its loss. With a batch of 512 it is long enough for a thread of its own. */
export function longRun({
  threads,
  batch = 16,
}: {
  readonly threads: number;
  readonly batch?: number;
}): {
  readonly run: (steps: number) => Promise<void>;
  readonly dispose: () => void;
} {
  const sizes = { pixels: 30, hidden: 24, latent: 3 };
  const { fn, feeds, state } = mlpVaeStep(sizes);
  const step = jit(fn, { feeds, state, engine: "native", threads });
  const random = seeded(3);
  const x = Float32Array.from({ length: batch * sizes.pixels }, () => (random() > 0 ? 1 : 0));
  const eps = Float32Array.from({ length: batch * sizes.latent }, random);
  return {
    run: async (steps) => {
      for (let t = 1; t <= steps; t++) {
        await step({ x, eps, ...adamScalars(t) }, { outputs: t % 10 === 0 ? ["loss"] : [] });
      }
    },
    dispose: () => {
      step.dispose();
      tf.dispose(state);
    },
  };
}
