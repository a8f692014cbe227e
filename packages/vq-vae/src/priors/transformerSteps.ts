/** The transformer position by position: keys and values of the positions before stay in caches. */
import * as tf from "@tensorflow/tfjs-core";
import {
  createVariable,
  type StepProgram,
  type Stepwise,
  type Walk,
  type WalkStart,
} from "@elbo/core";
import { linear } from "../linear.ts";
import { firstRows } from "./codeGrid.ts";
import type { CodeGrid } from "./codeGrid.ts";
import type { Conditioning } from "./conditioning.ts";
import { conditionProgram, copyParts, floatsOf } from "./steps.ts";
import { normalized, transformerLayer } from "./transformerLayers.ts";
import type { TransformerSizes } from "./transformerLayers.ts";

/** What a transformer is made of. */
export interface TransformerParts extends TransformerSizes {
  readonly grid: CodeGrid;
  readonly told: Conditioning;
  readonly variables: Readonly<Record<string, tf.Variable>>;
}

/** Keys and values of a layer, `[B, heads, T, d]`. */
interface Cache {
  readonly keys: tf.Variable;
  readonly values: tf.Variable;
}

const lengthOf = ({ height, width, sizes }: CodeGrid): number => height * width * sizes.length;

/** Steps of a transformer. */
export function transformerSteps(parts: TransformerParts): Stepwise {
  const { grid, width, layers, heads } = parts;
  const caches = new Map<number, readonly Cache[]>();
  const cachesFor = (rows: number): readonly Cache[] => {
    const known = caches.get(rows);
    if (known !== undefined) return known;
    const make = (): tf.Variable => createVariable([rows, heads, lengthOf(grid), width / heads]);
    const made = Array.from({ length: layers }, () => ({ keys: make(), values: make() }));
    caches.set(rows, made);
    return made;
  };
  return {
    program: (name, rows) =>
      name === "condition" ? conditionProgram(parts.told) : stepProgram(parts, cachesFor(rows)),
    walk: (start) => transformerWalk(parts, start),
    dispose() {
      for (const { keys, values } of [...caches.values()].flat()) tf.dispose([keys, values]);
      caches.clear();
    },
  };
}

/** The code before a position, to the logits there. */
function stepProgram(parts: TransformerParts, caches: readonly Cache[]): StepProgram {
  const { grid, width: W, layers, heads, variables } = parts;
  const T = lengthOf(grid);
  return {
    feeds: {
      before: { shape: [null], dtype: "int32" }, // row of the embedding; the one after the last stands for the start
      condition: { shape: [null, W] },
      position: { shape: [], dtype: "int32" },
      depth: { shape: [], dtype: "int32" },
    },
    caches: caches.flatMap(({ keys, values }) => [keys, values]),
    run({ before, condition, position, depth }) {
      const table = tf.concat([variables["embedding"], variables["start"]], 0);
      const ofDepth = tf.gather(variables["depth"], depth);
      let x = tf.expandDims(tf.add(tf.gather(table, before), tf.add(condition, ofDepth)), 1); // [B, 1, W]
      const places = tf.range(0, T, 1, "int32");
      const here = tf.reshape(tf.cast(tf.equal(places, position), "float32"), [T, 1]);
      const mask = tf.reshape(tf.mul(tf.cast(tf.greater(places, position), "float32"), -1e9), [
        1,
        T,
      ]);
      for (let i = 0; i < layers; i++) {
        const put = (cache: tf.Variable, own: tf.Tensor): tf.Tensor => {
          const next = tf.add(tf.mul(cache, tf.sub(1, here)), tf.mul(own, here));
          cache.assign(next);
          return next;
        };
        const { keys, values } = caches[i];
        const looking = {
          heads,
          mask,
          remember: (own: { keys: tf.Tensor; values: tf.Tensor }) => ({
            keys: put(keys, own.keys),
            values: put(values, own.values),
          }),
        };
        x = transformerLayer(variables, i, { x, looking });
      }
      const last = normalized(tf.squeeze(x, [1]), variables["gain"], variables["bias"]);
      const weight = tf.gather(variables["logits"], depth); // [W, K]
      return { logits: tf.add(linear(last, weight), tf.gather(variables["logitsBias"], depth)) };
    },
  };
}

function transformerWalk(parts: TransformerParts, { rows, given, call }: WalkStart): Walk {
  const { grid, width: W } = parts;
  const { height, width, sizes } = grid;
  const T = lengthOf(grid);
  const starts = firstRows(sizes);
  const end = sizes.reduce((a, b) => a + b, 0);
  let map: Float32Array = new Float32Array();
  return {
    async logits(position, codes) {
      if (position === 0) {
        const out = await call("condition", { ...given, rows: new Float32Array(rows) });
        map = floatsOf(out["condition"]);
      }
      const depth = position % sizes.length;
      const cell = (position - depth) / sizes.length;
      const condition = new Float32Array(rows * W);
      copyParts(condition, map, { size: height * width * W, from: cell * W, length: W });
      const before = new Int32Array(rows).fill(end);
      if (position > 0) {
        copyParts(before, codes, { size: T, from: position - 1, length: 1 });
        const first = starts[(position - 1) % sizes.length];
        for (let row = 0; row < rows; row++) before[row] += first;
      }
      return floatsOf((await call("step", { before, condition, position, depth }))["logits"]);
    },
  };
}
