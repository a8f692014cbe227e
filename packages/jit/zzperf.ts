import { jit } from "/work/wt/jit/packages/jit/src/index.ts";
import { mlpVaeStep, adamScalars, seeded } from "/work/wt/jit/packages/jit/test/mlpVae.ts";
import { printSteps } from "/work/wt/jit/packages/jit/src/plan/print.ts";
import { trace } from "/work/wt/jit/packages/jit/src/trace/trace.ts";
import { simplify } from "/work/wt/jit/packages/jit/src/rewrite/simplify.ts";
import { plan } from "/work/wt/jit/packages/jit/src/plan/plan.ts";
import * as tf from "@tensorflow/tfjs-core";
const sizes = { pixels: 784, hidden: 400, latent: 20 };
const B = 128;
const engines = process.argv[2].split(",");
if (engines[0] === "print") {
  await tf.ready();
  const { fn, feeds, state } = mlpVaeStep(sizes);
  const t0 = performance.now();
  const g0 = trace({ fn: fn as any, feeds: Object.entries(feeds).map(([name, t]: any) => ({ name, shape: t.shape.map((d: any) => d ?? B), dtype: "float32" as const })), state: state as any });
  const t1 = performance.now();
  const g = simplify(g0, { convolutions: "keep" });
  const t2 = performance.now();
  const p = plan({ ...g, outputs: [] });
  const t3 = performance.now();
  console.log(printSteps(p.steps));
  console.log("arena MB", p.arenaBytes / 2 ** 20, "words", p.words.length, "trace", t1 - t0, "simplify", t2 - t1, "plan", t3 - t2);
  process.exit(0);
}
for (const [engine, threads] of engines.map((e) => e.split(":"))) {
  const { fn, feeds, state } = mlpVaeStep(sizes);
  const step = jit(fn as any, { feeds, state, engine: engine as any, threads: threads ? Number(threads) : 2 });
  const random = seeded(3);
  const x = Float32Array.from({ length: B * sizes.pixels }, () => (random() > 0 ? 1 : 0));
  const eps = Float32Array.from({ length: B * sizes.latent }, random);
  const t0 = performance.now();
  await step({ x, eps, ...adamScalars(1) }, { outputs: [] });
  const first = performance.now() - t0;
  const times: number[] = [];
  for (let t = 2; t < 80; t++) {
    const s = performance.now();
    await step({ x, eps, ...adamScalars(t) }, { outputs: [] });
    times.push(performance.now() - s);
  }
  times.sort((a, b) => a - b);
  console.log(engine, threads, "first", first.toFixed(0), "min", times[0].toFixed(2), "median", times[39].toFixed(2), step.report?.instructionSet, step.report?.threads);
  step.dispose();
}
process.exit(0);
