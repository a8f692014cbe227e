import * as tf from "@tensorflow/tfjs-core";
import { jit } from "@elbo/jit";
import type { EngineName, FeedSpec, NdArray, TypedArray } from "@elbo/jit";
import { describeValue } from "@elbo/common";
import type { JsonObject } from "../json.ts";
import { Random } from "../random/random.ts";
import { fillNoiseInto } from "../random/noise.ts";
import { sizeOf } from "../shape.ts";
import type { NoiseKind } from "../step/noise.ts";

/** What all checks take. */
export interface SuiteOptions {
  /** Engines that must agree; `"eager"` needs a backend of TF.js. Default: the one that `@elbo/jit` chooses. */
  readonly engines?: readonly (EngineName | "auto")[];
  /** Seeds the numbers that are tried, default 0. */
  readonly seed?: number;
}

/** A function of tensors with fixed shapes. */
export interface Traced {
  readonly feeds: Readonly<Record<string, NdArray>>;
  readonly state?: readonly tf.Variable[];
  run(feeds: Record<string, tf.Tensor>): Record<string, tf.Tensor>;
}

/** Outputs of {@link Suite.compute}. */
export type Computed = Readonly<Record<string, NdArray>>;

/** How far two engines may lie apart, as part of the value and absolutely: rounding of sums in float32. */
const rounding = { rtol: 1e-4, atol: 1e-4 };

/** The subject of one check: what it is called in messages, what computes, and the numbers that are tried. */
export class Suite {
  private readonly subject: string;
  private readonly engines: readonly (EngineName | "auto")[];
  private readonly random: Random;

  /** @param subject such as `checkLikelihood: student-t` */
  constructor(subject: string, { engines = ["auto"], seed = 0 }: SuiteOptions) {
    this.subject = subject;
    this.engines = engines;
    this.random = new Random(seed).fork("conformance");
  }

  /** Fails with a sentence unless something holds; `rule` says what must be. */
  expect(holds: boolean, rule: string, got: unknown): void {
    if (holds) return;
    const text = typeof got === "string" ? got : JSON.stringify(got);
    throw new Error(`${this.subject}: ${rule}, got ${text}`);
  }

  /** Fails unless two lists of numbers agree, naming the worst. */
  expectClose(
    actual: ArrayLike<number>,
    expected: ArrayLike<number>,
    {
      rule,
      rtol = rounding.rtol,
      atol = rounding.atol,
    }: { readonly rule: string } & Partial<typeof rounding>,
  ): void {
    this.expect(
      actual.length === expected.length,
      `${rule}: as many values (${expected.length})`,
      actual.length,
    );
    for (let i = 0; i < expected.length; i++) {
      const near = Math.abs(actual[i] - expected[i]) <= atol + rtol * Math.abs(expected[i]);
      this.expect(near || actual[i] === expected[i], `${rule}: ${expected[i]} at ${i}`, actual[i]);
    }
  }

  expectShape(array: NdArray, shape: readonly number[], what: string): void {
    const same = array.shape.length === shape.length && array.shape.every((n, i) => n === shape[i]);
    this.expect(
      same,
      `${what} must have the shape [${shape.join(", ")}]`,
      `[${array.shape.join(", ")}]`,
    );
  }

  expectFinite(array: NdArray, what: string): void {
    const index = array.data.findIndex((value) => !Number.isFinite(value));
    this.expect(index < 0, `${what} must be finite`, `${array.data[index]} at ${index}`);
  }

  /** Options must be JSON, and those of a part made anew the same. */
  expectJson(options: JsonObject | undefined, again: JsonObject | undefined): void {
    const text = JSON.stringify(options ?? {}, (key, value: unknown) => {
      const isJson = typeof value !== "number" || Number.isFinite(value);
      const kind = typeof value;
      this.expect(
        isJson && kind !== "function",
        `option ${key} must be JSON`,
        describeValue(value),
      );
      return value;
    });
    const other = JSON.stringify(again ?? {});
    this.expect(other === text, `two made alike must have the options ${text}`, other);
  }

  /** Something must be refused in a sentence that begins with the caller's name. */
  expectRefusal(fn: string, run: () => unknown, what: string): void {
    let message: string | undefined;
    try {
      run();
    } catch (error) {
      message = error instanceof Error ? error.message : String(error);
    }
    this.expect(message !== undefined, `${what} must be refused`, "no error");
    this.expect(
      message?.startsWith(`${fn}: `) === true,
      `${what} must be refused as "${fn}: ..."`,
      message,
    );
  }

  /** Seeded values of a shape. */
  draw(name: string, shape: readonly number[], kind: NoiseKind = "normal"): NdArray<Float32Array> {
    const data = new Float32Array(sizeOf(shape));
    fillNoiseInto(data, kind, this.random.fork(name));
    return { data, shape };
  }

  /** Runs a function on all engines, which must agree (in the outputs `compares`, default all); gives what the first one gave. */
  async compute(
    traced: Traced,
    { compares }: { readonly compares?: readonly string[] } = {},
  ): Promise<Computed> {
    const results: Computed[] = [];
    for (const engine of this.engines) results.push(await runOn(engine, traced));
    const [first, ...others] = results;
    others.forEach((other, i) => {
      for (const name of compares ?? Object.keys(first)) {
        const { data } = first[name];
        const rule = `${this.engines[i + 1]} must give the same ${name} as ${this.engines[0]}`;
        this.expectClose(other[name].data, data, { rule });
      }
    });
    return first;
  }

  /**
   * The gradient of the sum of a traced function must be that of central differences along some directions.
   *
   * @param at where, which is fed as `x`
   * @param run gives a tensor from `x` and other feeds
   */
  async expectGradient(
    what: string,
    {
      at,
      feeds = {},
      state = [],
    }: {
      readonly at: NdArray;
      readonly feeds?: Traced["feeds"];
      readonly state?: readonly tf.Variable[];
    },
    run: (x: tf.Tensor, feeds: Record<string, tf.Tensor>) => tf.Tensor,
  ): Promise<void> {
    const step = 1e-2;
    for (let i = 0; i < 3; i++) {
      const direction = this.draw(`direction ${i}`, at.shape);
      const traced: Traced = {
        feeds: { ...feeds, x: at, direction },
        state,
        run({ x, direction: d, ...others }) {
          const value = (given: tf.Tensor): tf.Tensor => tf.sum(run(given, others));
          const { grad } = tf.valueAndGrad((given) => tf.sum(value(given)))(x);
          const moved = (sign: number): tf.Tensor => run(tf.add(x, tf.mul(d, sign * step)), others);
          // Differences per value, before they are summed: the sum of many would lose them.
          const change = tf.div(tf.sub(moved(1), moved(-1)), 2 * step);
          return { slope: tf.sum(tf.mul(grad, d)), change: tf.sum(change) };
        },
      };
      const { slope, change } = await this.compute(traced, { compares: ["slope"] });
      const size = Math.abs(change.data[0]);
      this.expect(
        Math.abs(slope.data[0] - change.data[0]) <= 2e-2 * size + 2e-2,
        `the gradient of ${what} must be that of finite differences (${change.data[0]})`,
        slope.data[0],
      );
    }
  }
}

async function runOn(engine: EngineName | "auto", traced: Traced): Promise<Computed> {
  const { feeds, state = [] } = traced;
  const specs: Record<string, FeedSpec> = Object.fromEntries(
    Object.entries(feeds).map(([name, { data, shape }]) => [name, { shape, dtype: dtypeOf(data) }]),
  );
  const compiled = jit((given) => traced.run(given), { feeds: specs, state, engine });
  try {
    return await compiled(feeds);
  } finally {
    await compiled.pull();
    compiled.dispose();
  }
}

const dtypeOf = (data: TypedArray): "float32" | "int32" =>
  data instanceof Float32Array ? "float32" : "int32";

/** The mean of each column of `[n, ...]`, and its standard error. */
export function columnMeans({ data, shape }: NdArray): {
  readonly means: Float64Array;
  readonly errors: Float64Array;
} {
  const [count] = shape;
  const width = data.length / count;
  const means = new Float64Array(width);
  const squares = new Float64Array(width);
  data.forEach((value, i) => (means[i % width] += value / count));
  data.forEach((value, i) => (squares[i % width] += (value - means[i % width]) ** 2));
  return { means, errors: squares.map((sum) => Math.sqrt(sum / (count - 1) / count)) };
}
