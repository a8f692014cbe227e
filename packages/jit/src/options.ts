import * as tf from "@tensorflow/tfjs-core";
import { engineNames, type FeedSpec, type JitOptions } from "./types.ts";

const engines = ["auto", ...engineNames];
const devices = ["cpu", "webgpu"];

/**
 * Checks the options of `jit` before anything is traced.
 *
 * @throws TypeError or RangeError naming the option, the rule and the value
 */
export function checkOptions(fn: unknown, options: JitOptions): void {
  if (typeof fn !== "function") {
    throw new TypeError(`jit: fn must be a function, got ${typeof fn}`);
  }
  for (const [name, spec] of Object.entries(options.feeds)) checkFeedSpec(name, spec);
  for (const variable of options.state ?? []) {
    if (!(variable instanceof tf.Variable)) {
      throw new TypeError(
        `jit: options.state must hold tf.Variables, got ${typeof variable}; of a layer's weight take weight.read()`,
      );
    }
  }
  if (new Set(options.state).size !== (options.state?.length ?? 0)) {
    throw new RangeError("jit: options.state must name each variable once, got one twice");
  }
  checkChoice("engine", options.engine, engines);
  checkChoice("device", options.device, devices);
  const { threads } = options;
  if (
    threads !== undefined &&
    threads !== "auto" &&
    !(Number.isInteger(threads) && threads >= 1 && threads <= 256)
  ) {
    throw new RangeError(
      `jit: options.threads must be "auto" or an integer from 1 to 256, got ${String(threads)}`,
    );
  }
}

function checkFeedSpec(name: string, spec: FeedSpec): void {
  if (!Array.isArray(spec.shape)) {
    throw new TypeError(`jit: feed "${name}" must have a shape, got ${JSON.stringify(spec)}`);
  }
  spec.shape.forEach((dimension, i) => {
    const free = dimension === null && i === 0;
    if (!free && !(Number.isInteger(dimension) && (dimension as number) >= 0)) {
      throw new RangeError(
        `jit: dimensions of feed "${name}" must be integers from 0 on (null, the batch, as first only), got [${spec.shape.map(String).join(", ")}]`,
      );
    }
  });
  checkChoice(`feeds.${name}.dtype`, spec.dtype, ["float32", "int32", "bool"]);
}

function checkChoice(name: string, value: string | undefined, allowed: readonly string[]): void {
  if (value !== undefined && !allowed.includes(value)) {
    throw new RangeError(
      `jit: options.${name} must be one of ${allowed.join(", ")}, got ${JSON.stringify(value)}`,
    );
  }
}
