/** What priors know of a position before any of its codes: where it is, the class, and the codes of earlier levels there. */
import * as tf from "@tensorflow/tfjs-core";
import { rules, type Columns, type GivenSpecs, type OptionTable } from "@elbo/core";
import { codeGrid, codesTable, embedCodes, embeddingShape } from "./codeGrid.ts";
import type { CodeGrid, CodesOptions } from "./codeGrid.ts";
import type { WeightMaker } from "./weights.ts";

/** What a prior is told besides the codes. */
export interface ConditioningOptions {
  /** Number of classes; the prior is then trained and drawn from with labels. Default: none. */
  readonly classes?: number | undefined;
  /** Earlier levels by name, whose codes the prior is given; default: none. */
  readonly given?: Readonly<Record<string, CodesOptions>> | undefined;
}

/** {@link ConditioningOptions} as a table. */
export const conditioningTable = {
  classes: {
    rule: rules.integer({ min: 2 }),
    default: undefined,
    doc: "number of classes that labels are from",
  },
  given: {
    rule: rules.such<Readonly<Record<string, CodesOptions>>>(
      "an object of { positions, codebookSize } by level",
      (value) => typeof value === "object" && value !== null && !Array.isArray(value),
    ),
    default: undefined,
    doc: "earlier levels, by name",
  },
} satisfies OptionTable<ConditioningOptions>;

/** {@link ConditioningOptions} of a prior of a width. */
export interface Conditioning {
  readonly given: GivenSpecs;
  /** `[B, h, w, C]` of what is given, `[B, ...]` each. */
  readonly map: (given: Columns, batch: number) => tf.Tensor;
}

interface Level {
  readonly name: string;
  readonly grid: CodeGrid;
}

/**
 * Makes what a prior is told into a vector for each position: a learned vector of the position, plus one of the class, plus
 * features of the codes of earlier levels, from a convolution of 3 x 3 on their grid and another on that of the prior.
 */
export function conditioning(
  fn: string,
  { classes, given = {} }: ConditioningOptions,
  place: { readonly grid: CodeGrid; readonly width: number; readonly weights: WeightMaker },
): Conditioning {
  const { grid, width: C, weights } = place;
  const levels = Object.entries(given).map(([name, codes]): Level => ({
    name,
    grid: codeGrid(`${fn}: given.${name}`, codes),
  }));
  weights.normal("position", [grid.height * grid.width, C], 0.1);
  if (classes !== undefined) weights.normal("label", [classes, C], 0.1);
  for (const { name, grid: own } of levels) {
    weights.normal(`given/${name}/embedding`, embeddingShape(own, C), 1);
    for (const part of ["coarse", "fine"]) {
      weights.normal(`given/${name}/${part}`, [3, 3, C, C]);
      weights.zeros(`given/${name}/${part}Bias`, [C]);
    }
  }
  const { variables } = weights;
  return {
    given: {
      ...(classes === undefined ? {} : { label: { shape: [], limit: classes } }),
      ...Object.fromEntries(
        levels.map(({ name, grid: { largest } }) => [
          name,
          { shape: given[name].positions, limit: largest },
        ]),
      ),
    },
    map(columns, batch) {
      const place = tf.reshape(variables["position"], [1, grid.height, grid.width, C]);
      let sum: tf.Tensor = tf.tile(place, [batch, 1, 1, 1]);
      if (classes !== undefined) {
        const ofClass = tf.gather(variables["label"], columns["label"]); // [B, C]
        sum = tf.add(sum, tf.reshape(ofClass, [batch, 1, 1, C]));
      }
      for (const level of levels) {
        sum = tf.add(sum, levelFeatures(level, { variables, grid, codes: columns[level.name] }));
      }
      return sum;
    },
  };
}

interface LevelPlace {
  readonly variables: Readonly<Record<string, tf.Variable>>;
  /** Of the prior. */
  readonly grid: CodeGrid;
  readonly codes: tf.Tensor;
}

/** `[B, h, w, C]` of the codes of an earlier level, `[B, ...]`. */
function levelFeatures(
  { name, grid: own }: Level,
  { variables, grid, codes }: LevelPlace,
): tf.Tensor {
  const of = (part: string): tf.Variable => variables[`given/${name}/${part}`];
  const cells = tf.reshape(codes, [-1, own.height, own.width, own.sizes.length]);
  const embedded = embedCodes(of("embedding"), cells, own.sizes) as tf.Tensor4D; // [B, h', w', C]
  const mixed = (x: tf.Tensor4D, part: string): tf.Tensor4D =>
    tf.add(x, tf.relu(tf.add(tf.conv2d(x, of(part) as tf.Tensor4D, 1, "same"), of(`${part}Bias`))));
  const coarse = mixed(embedded, "coarse");
  const tall = tf.gather(coarse, nearest(own.height, grid.height), 1);
  return mixed(tf.gather(tall, nearest(own.width, grid.width), 2), "fine");
}

/** For each of `to` cells the one of `from` that lies over its centre. */
const nearest = (from: number, to: number): tf.Tensor1D =>
  tf.tensor1d(
    Array.from({ length: to }, (_, i) => Math.floor(((i + 0.5) * from) / to)),
    "int32",
  );

/** {@link ConditioningOptions}, checked and as JSON. */
export function readLevels(
  fn: string,
  given: ConditioningOptions["given"],
): ConditioningOptions["given"] {
  if (given === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(given).map(([name, { positions, codebookSize }]) => {
      const at = { fn, name: `given.${name}` };
      const own = {
        positions: codesTable.positions.rule.read(
          { ...at, name: `${at.name}.positions` },
          positions,
        ),
        codebookSize: codesTable.codebookSize.rule.read(
          { ...at, name: `${at.name}.codebookSize` },
          codebookSize,
        ),
      };
      return [name, own];
    }),
  );
}
