import { readOptions, rules, type OptionTable } from "@elbo/common";
import * as tf from "@tensorflow/tfjs-core";
import { engineNames, type CallOptions, type FeedSpec, type JitOptions } from "./types.ts";

const feedTable = {
  shape: {
    rule: rules.such<FeedSpec["shape"]>(
      "integers from 0 on, of which the first may be null, the batch",
      (shape) => Array.isArray(shape) && shape.every(isSize),
    ),
  },
  dtype: { rule: rules.oneOf(["float32", "int32", "bool"]), default: "float32" },
} satisfies OptionTable<FeedSpec>;

const isSize = (size: unknown, i: number): boolean =>
  (size === null && i === 0) || (Number.isInteger(size) && Number(size) >= 0);

const table = {
  feeds: {
    rule: rules.such<JitOptions["feeds"]>("an object of feeds by name", (feeds) => isObject(feeds)),
  },
  state: {
    rule: rules.list(
      rules.such<tf.Variable>(
        "a tf.Variable (of a layer's weight take weight.read())",
        (variable) => variable instanceof tf.Variable,
      ),
      { least: 0 },
    ),
    default: [],
  },
  engine: { rule: rules.oneOf(["auto", ...engineNames]), default: "auto" },
  device: { rule: rules.oneOf(["cpu", "webgpu"]), default: "cpu" },
  threads: {
    rule: rules.either(rules.exactly("auto"), rules.integer({ min: 1, max: 256 })),
    default: "auto",
  },
  onMessage: { rule: rules.function<(message: string) => void>(), default: undefined },
} satisfies OptionTable<JitOptions>;

const isObject = (value: unknown): boolean => typeof value === "object" && value !== null;

/**
 * Checks the options of `jit` before anything is traced.
 *
 * @throws TypeError or RangeError naming the option, the rule and the value
 */
export function checkOptions(fn: unknown, options: JitOptions): void {
  rules.function().read({ fn: "jit", name: "fn" }, fn);
  const { feeds, state } = readOptions("jit", table, options);
  for (const [name, spec] of Object.entries(feeds)) {
    rules.options(feedTable).read({ fn: "jit", name: `feeds.${name}` }, spec);
  }
  if (new Set(state).size !== state.length) {
    throw new RangeError("jit: state must name each variable once, got one twice");
  }
}

const callTable = {
  outputs: {
    rule: rules.such<readonly string[]>(
      "a list of names",
      (names) => Array.isArray(names) && names.every((name) => typeof name === "string"),
    ),
    default: undefined,
  },
  into: {
    rule: rules.such<NonNullable<CallOptions["into"]>>("an object of arrays by output", isObject),
    default: undefined,
  },
} satisfies OptionTable<CallOptions>;

/**
 * Checks the options of a call; whether outputs are there and arrays fit is the program's to know.
 *
 * @throws TypeError or RangeError naming the option, the rule and the value
 */
export function checkCall(options: CallOptions): void {
  readOptions("jit", callTable, options);
}
