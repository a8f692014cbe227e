/**
 * The gated PixelCNN position by position: once per row the vertical stack of that row, once per position the horizontal one,
 * so a whole walk computes no more than one pass over the grid. What earlier rows and positions left behind is fed back.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { CallProgram, Columns, StepProgram, Stepwise, Walk, WalkStart } from "@elbo/core";
import { embedCodes } from "./codeGrid.ts";
import type { CodeGrid } from "./codeGrid.ts";
import { headLogits } from "./codeHead.ts";
import type { Conditioning } from "./conditioning.ts";
import { horizontalLayer, verticalLayer } from "./pixelCnnLayers.ts";
import type { PixelCnnSizes } from "./pixelCnnLayers.ts";
import { conditionProgram, copyParts, floatsOf, type RowPart } from "./steps.ts";

/** What a PixelCNN is made of. */
export interface PixelCnnParts extends PixelCnnSizes {
  readonly grid: CodeGrid;
  readonly told: Conditioning;
  readonly variables: Readonly<Record<string, tf.Variable>>;
}

const int32 = "int32" as const;

/** Steps of a PixelCNN; C its channels, L its layers, n the codebooks of a position. */
export function pixelCnnSteps(parts: PixelCnnParts): Stepwise {
  return {
    program(name) {
      if (name === "condition") return conditionProgram(parts.told);
      if (name === "row") return rowProgram(parts);
      if (name === "position") return positionProgram(parts);
      return depthProgram(parts, Number(name.slice("depth".length)));
    },
    walk: (start) => new PixelCnnWalk(parts, start),
  };
}

/** Codes of the row above and the inputs of all layers there, to the inputs in this row and what joins the other stack. */
function rowProgram({ grid, width: C, layers: L, variables }: PixelCnnParts): StepProgram {
  const { width: w, sizes } = grid;
  return {
    feeds: {
      codes: { shape: [null, 1, w, sizes.length], dtype: int32 },
      above: { shape: [null, L, w, C] },
      condition: { shape: [null, 1, w, C] },
    },
    run({ codes, above, condition }) {
      let vertical = embedCodes(variables["embedding"], codes, sizes); // [B, 1, w, C]
      const inputs: tf.Tensor[] = [];
      const joined: tf.Tensor[] = [];
      for (let i = 0; i < L; i++) {
        const window = tf.concat([tf.slice(above, [0, i, 0, 0], [-1, 1, -1, -1]), vertical], 1);
        const { next, across } = verticalLayer(variables, i, { window, condition });
        inputs.push(vertical);
        joined.push(across);
        vertical = next;
      }
      const across = tf.transpose(tf.concat(joined, 1), [0, 2, 1, 3]); // [B, w, L, 2 C]
      return { above: tf.concat(inputs, 1), across };
    },
  };
}

/** The codes to the left and the inputs of all layers there, to the inputs here, features, and logits of the first code. */
function positionProgram({ grid, width: C, layers: L, variables }: PixelCnnParts): StepProgram {
  const { sizes } = grid;
  return {
    feeds: {
      codes: { shape: [null, 1, 1, sizes.length], dtype: int32 },
      left: { shape: [null, L, 1, C] },
      across: { shape: [null, L, 1, 2 * C] },
    },
    run({ codes, left, across }) {
      let horizontal = embedCodes(variables["embedding"], codes, sizes); // [B, 1, 1, C]
      const inputs: tf.Tensor[] = [];
      for (let i = 0; i < L; i++) {
        const one = (x: tf.Tensor): tf.Tensor => tf.slice(x, [0, i, 0, 0], [-1, 1, -1, -1]);
        inputs.push(horizontal);
        const window = tf.concat([one(left), horizontal], 2); // [B, 1, 2, C]
        horizontal = horizontalLayer(variables, i, { window, across: one(across) });
      }
      const features = tf.reshape(tf.relu(horizontal), [-1, C]);
      const logits = headLogits(variables, grid, { features, before: undefined });
      return { left: tf.concat(inputs, 1), features, logits };
    },
  };
}

/** Logits of a further codebook of a position. */
function depthProgram({ grid, width: C, variables }: PixelCnnParts, depth: number): StepProgram {
  return {
    feeds: { features: { shape: [null, C] }, before: { shape: [null, depth], dtype: int32 } },
    run: ({ features, before }: Columns) => ({
      logits: headLogits(variables, grid, { features, before }),
    }),
  };
}

class PixelCnnWalk implements Walk {
  private readonly parts: PixelCnnParts;
  private readonly rows: number;
  private readonly given: WalkStart["given"];
  private readonly call: CallProgram;
  private condition: Float32Array = new Float32Array();
  private above: Float32Array;
  private across: Float32Array = new Float32Array();
  private left: Float32Array = new Float32Array();
  private features: Float32Array = new Float32Array();

  constructor(parts: PixelCnnParts, { rows, given, call }: WalkStart) {
    const { grid, width: C, layers } = parts;
    this.parts = parts;
    this.rows = rows;
    this.given = given;
    this.call = call;
    this.above = new Float32Array(rows * layers * grid.width * C);
  }

  async logits(position: number, codes: Int32Array): Promise<Float32Array> {
    const { width: w, sizes } = this.parts.grid;
    const n = sizes.length;
    const depth = position % n;
    const cell = (position - depth) / n;
    const column = cell % w;
    if (depth > 0) return this.further(cell * n, depth, codes);
    if (cell === 0) await this.begin();
    if (column === 0) await this.beginRow(cell / w, codes);
    return this.first(cell, codes);
  }

  private async begin(): Promise<void> {
    const rows = new Float32Array(this.rows);
    const { condition } = await this.call("condition", { ...this.given, rows });
    this.condition = floatsOf(condition);
  }

  private async beginRow(row: number, codes: Int32Array): Promise<void> {
    const { grid, width: C, layers } = this.parts;
    const { height: h, width: w, sizes } = grid;
    const size = w * sizes.length;
    const fed = this.cut(codes, { size: h * size, from: (row - 1) * size, length: size });
    const condition = this.cutFloats(this.condition, {
      size: h * w * C,
      from: row * w * C,
      length: w * C,
    });
    const out = await this.call("row", { codes: fed, above: this.above, condition });
    this.above = floatsOf(out["above"]);
    this.across = floatsOf(out["across"]);
    this.left = new Float32Array(this.rows * layers * C);
  }

  private async first(cell: number, codes: Int32Array): Promise<Float32Array> {
    const { grid, width: C, layers } = this.parts;
    const { height: h, width: w, sizes } = grid;
    const n = sizes.length;
    const column = cell % w;
    const from = column === 0 ? -n : (cell - 1) * n;
    const fed = this.cut(codes, { size: h * w * n, from, length: n });
    const each = layers * 2 * C;
    const across = this.cutFloats(this.across, {
      size: w * each,
      from: column * each,
      length: each,
    });
    const out = await this.call("position", { codes: fed, left: this.left, across });
    this.left = floatsOf(out["left"]);
    this.features = floatsOf(out["features"]);
    return floatsOf(out["logits"]);
  }

  private async further(start: number, depth: number, codes: Int32Array): Promise<Float32Array> {
    const { height: h, width: w, sizes } = this.parts.grid;
    const before = this.cut(codes, { size: h * w * sizes.length, from: start, length: depth });
    const out = await this.call(`depth${depth}`, { features: this.features, before });
    return floatsOf(out["logits"]);
  }

  /** A part of every row of codes; -1, which embeds as zeros, before the first. */
  private cut(codes: Int32Array, part: RowPart): Int32Array {
    const out = new Int32Array(this.rows * part.length);
    if (part.from < 0) return out.fill(-1);
    copyParts(out, codes, part);
    return out;
  }

  private cutFloats(values: Float32Array, part: RowPart): Float32Array {
    const out = new Float32Array(this.rows * part.length);
    copyParts(out, values, part);
    return out;
  }
}
