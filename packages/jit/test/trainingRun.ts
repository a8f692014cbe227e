import { jit, type JitOptions } from "../src/index.ts";
import { adamScalars, mlpVaeStep, seeded } from "./mlpVae.ts";

/** What a run leaves: the loss of every fifth step, the weights after the last, and the engine that was taken with its threads. */
export interface TrainingRun {
  readonly losses: readonly number[];
  readonly weights: readonly Float32Array[];
  readonly engine: string;
  readonly threads: number | undefined;
}

/** Trains a small MLP VAE on seeded noise; the same everywhere but for the engine. */
export async function trainingRun(options: Partial<JitOptions>, steps = 50): Promise<TrainingRun> {
  const sizes = { pixels: 30, hidden: 24, latent: 3 };
  const { fn, feeds, state } = mlpVaeStep(sizes);
  const step = jit(fn, { feeds, state, ...options });
  const random = seeded(3);
  const losses: number[] = [];
  for (let t = 1; t <= steps; t++) {
    const x = Float32Array.from({ length: 16 * sizes.pixels }, () => (random() > 0 ? 1 : 0));
    const eps = Float32Array.from({ length: 16 * sizes.latent }, random);
    const outputs = t % 5 === 0 ? undefined : { outputs: [] };
    const { loss } = await step({ x, eps, ...adamScalars(t) }, outputs);
    if (t % 5 === 0) losses.push(loss.data[0]);
  }
  await step.pull();
  const weights = state.map((variable) => variable.dataSync<"float32">().slice());
  const engine = `${step.report?.engine ?? ""} on ${step.report?.device ?? ""}`;
  const threads = step.report?.threads;
  step.dispose();
  state.forEach((variable) => variable.dispose());
  return { losses, weights, engine, threads };
}
