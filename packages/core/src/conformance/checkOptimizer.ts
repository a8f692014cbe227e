import * as tf from "@tensorflow/tfjs-core";
import type { NdArray } from "@elbo/jit";
import type { Optimizer } from "../step/optimizer.ts";
import { Suite } from "./suite.ts";
import type { SuiteOptions } from "./suite.ts";

/** What {@link checkOptimizer} needs of an optimizer. */
export interface OptimizerCase extends SuiteOptions {
  /** Makes one; called more than once. */
  readonly make: () => Optimizer;
  /** Steps after which half the squared distance to a minimum that lies 1 away must have fallen by a tenth, default 200. */
  readonly steps?: number;
}

/** Values of one variable and its slots. */
type Values = Readonly<Record<string, Float32Array>>;

/**
 * Checks that an optimizer keeps its contract: options that survive JSON; an update that returns every slot in the variable's
 * shape, works on each value by itself, is finite where gradients are zero, huge or tiny, the same on all engines and
 * each time; and that goes downhill.
 *
 * @throws Error in one sentence for the first rule that it breaks
 */
export async function checkOptimizer(given: OptimizerCase): Promise<void> {
  const optimizer = given.make();
  const suite = new Suite(`checkOptimizer: ${optimizer.kind}`, given);
  suite.expectJson(optimizer.options, given.make().options);
  const names = new Set([...optimizer.slots, "variable"]);
  suite.expect(
    names.size === optimizer.slots.length + 1,
    "slots must have different names, none of them variable",
    optimizer.slots,
  );
  checkScalars(suite, optimizer);
  await checkUpdate(suite, optimizer);
  await checkExtremes(suite, optimizer);
  await checkDescent(suite, given.make, given.steps ?? 200);
}

function checkScalars(suite: Suite, optimizer: Optimizer): void {
  const names = Object.keys(optimizer.scalars?.(0, 0) ?? {}).join();
  for (const step of [0, 1, 1000, 1_000_000]) {
    const scalars = optimizer.scalars?.(step, step) ?? {};
    suite.expect(
      Object.keys(scalars).join() === names,
      `scalars must be ${names} at every step`,
      Object.keys(scalars).join(),
    );
    for (const [name, value] of Object.entries(scalars)) {
      suite.expect(Number.isFinite(value), `scalar ${name} must be finite at step ${step}`, value);
    }
  }
}

/** One update of a vector at a step. */
async function update(
  suite: Suite,
  optimizer: Optimizer,
  {
    values,
    gradient,
    step,
  }: { readonly values: Values; readonly gradient: Float32Array; readonly step: number },
): Promise<Values> {
  const vector = (data: Float32Array): NdArray => ({ data, shape: [data.length] });
  const scalars = optimizer.scalars?.(step, step) ?? {};
  const feeds = Object.fromEntries([
    ...Object.entries(values).map(([name, data]) => [`value ${name}`, vector(data)]),
    ...Object.entries(scalars).map(([name, value]) => [
      `scalar ${name}`,
      { data: Float32Array.of(value), shape: [] },
    ]),
    ["gradient", vector(gradient)],
  ]) as Record<string, NdArray>;
  const named = (given: Record<string, tf.Tensor>, kind: string): Record<string, tf.Tensor> =>
    Object.fromEntries(
      Object.entries(given)
        .filter(([name]) => name.startsWith(`${kind} `))
        .map(([name, tensor]) => [name.slice(kind.length + 1), tensor]),
    );
  const updated = await suite.compute({
    feeds,
    run(tensors) {
      const { variable, ...slots } = named(tensors, "value");
      return {
        ...optimizer.update({
          variable,
          gradient: tensors["gradient"],
          slots,
          scalars: named(tensors, "scalar"),
        }),
      };
    },
  });
  return Object.fromEntries(
    [...optimizer.slots, "variable"].map((name) => {
      suite.expect(
        Object.hasOwn(updated, name),
        "update must return the variable and every slot",
        Object.keys(updated).join(),
      );
      suite.expectShape(updated[name], [gradient.length], `the new ${name}`);
      return [name, updated[name].data as Float32Array];
    }),
  );
}

/** Variable and slots before the first update. */
function start({ slots, initial = {} }: Optimizer, variable: Float32Array): Values {
  return {
    ...Object.fromEntries(
      slots.map((name) => [name, new Float32Array(variable.length).fill(initial[name] ?? 0)]),
    ),
    variable,
  };
}

/** A vector is updated as its values are one by one, and twice alike. */
async function checkUpdate(suite: Suite, optimizer: Optimizer): Promise<void> {
  const [x, first, second] = ["x", "first", "second"].map((name) => suite.draw(name, [4]).data);
  const two = async (pick: (values: Float32Array) => Float32Array): Promise<Values> => {
    const once = await update(suite, optimizer, {
      values: start(optimizer, pick(x)),
      gradient: pick(first),
      step: 0,
    });
    return update(suite, optimizer, { values: once, gradient: pick(second), step: 1 });
  };
  const whole = await two((values) => values);
  const again = await two((values) => values);
  const single = await two((values) => values.slice(2, 3));
  for (const [name, values] of Object.entries(whole)) {
    suite.expectFinite({ data: values, shape: [4] }, `the new ${name}`);
    suite.expectClose(again[name], values, {
      rule: `${name} must be the same each time`,
      rtol: 0,
      atol: 0,
    });
    suite.expectClose(single[name], values.slice(2, 3), {
      rule: `${name} must not depend on neighbours`,
      rtol: 1e-6,
      atol: 1e-9,
    });
  }
  suite.expect(
    whole["variable"].some((value, i) => value !== x[i]),
    "two updates must move the variable",
    "no change",
  );
}

async function checkExtremes(suite: Suite, optimizer: Optimizer): Promise<void> {
  const gradient = Float32Array.of(0, 1e-20, -1e-8, 1e12);
  const values = start(optimizer, Float32Array.of(0, 1, -1, 1e3));
  const updated = await update(suite, optimizer, { values, gradient, step: 0 });
  suite.expectFinite(
    { data: updated["variable"], shape: [4] },
    "the new variable after gradients of 0, 1e-20, -1e-8 and 1e12",
  );
}

/** Minimizes `1/2 |x|^2` from `|x| = 1` in a program that runs many updates. */
async function checkDescent(suite: Suite, make: () => Optimizer, steps: number): Promise<void> {
  const optimizer = make();
  const scalarSteps = Array.from(
    { length: steps },
    (_, step) => optimizer.scalars?.(step, step) ?? {},
  );
  const { variable } = await suite.compute(
    {
      feeds: { x: { data: Float32Array.of(0.6, -0.8), shape: [2] } },
      run({ x }) {
        let values: Record<string, tf.Tensor> = { variable: x };
        for (const name of optimizer.slots)
          values[name] = tf.fill([2], optimizer.initial?.[name] ?? 0);
        for (const scalars of scalarSteps) {
          const { variable: at, ...slots } = values;
          const tensors = Object.fromEntries(
            Object.entries(scalars).map(([name, value]) => [name, tf.scalar(value)]),
          );
          values = { ...optimizer.update({ variable: at, gradient: at, slots, scalars: tensors }) };
        }
        return { variable: values["variable"] };
      },
    },
    { compares: [] },
  );
  const [a, b] = variable.data;
  const half = 0.5 * (a * a + b * b);
  suite.expect(
    half <= 0.45,
    `${steps} updates must bring |x|^2 / 2 from 0.5 to at most 0.45`,
    half,
  );
}
