/**
 * Generated images after dSprites (Matthey et al., 2017): one white shape on black, whose shape, scale, orientation
 * and position run over exact grids. Here orientations exclude the full turn, which dSprites counts twice.
 */
import { assertInteger, readOptions, rules } from "@elbo/common";
import type { OptionTable, Rule } from "@elbo/common";
import type { Dataset, Split } from "../dataset.ts";
import { factorTable, toFactors } from "../mixedRadix.ts";
import { generator } from "../random.ts";
import { divide, divideTable } from "../select.ts";
import type { DivideOptions } from "../select.ts";
import { renderInto } from "./render.ts";
import { shapeNames } from "./shapes.ts";
import { turn } from "./turn.ts";

/** Factors in the order of the columns of `factors`; the last one varies fastest. */
export const spriteFactorNames = ["shape", "scale", "orientation", "x", "y"] as const;

/** Number of values of each factor. */
export interface SpriteGrid {
  /** Square, ellipse, heart: from 1 to 3; 3 by default. */
  readonly shape?: number;
  /** Evenly from 0.5 to 1 times the largest size; 6 by default. A single value is the largest. */
  readonly scale?: number;
  /** Evenly over a full turn, clockwise; 40 by default. */
  readonly orientation?: number;
  /** Evenly from left to right; 32 by default. A single value is the middle. */
  readonly x?: number;
  /** Evenly from top to bottom; 32 by default. A single value is the middle. */
  readonly y?: number;
}

/** Which grid to draw at which size. */
export interface SpriteGridOptions {
  /** Height and width in pixels, from 4 to 1024; 64 by default. */
  readonly size?: number;
  readonly grid?: SpriteGrid;
}

/** Which sprites to draw. */
export interface SpritesOptions extends SpriteGridOptions, DivideOptions {
  /** Number of different sprites drawn from the grid, training and test together, or all of them; 10,000 by default (all of a smaller grid). */
  readonly count?: number | "all";
}

const dspritesGrid = { shape: 3, scale: 6, orientation: 40, x: 32, y: 32 } as const;

/** Radius of the largest sprite as a part of the image's side; centers keep this distance from the border. */
const largestRadius = 0.2;

const defaultCount = 10_000;
const maxGrid = 2 ** 26;
const maxBytes = 2 ** 32 - 1;

const values = (most: number, usual: number): { rule: Rule<number>; default: number } => ({
  rule: rules.integer({ min: 1, max: most }),
  default: usual,
});

const gridTable = {
  shape: values(shapeNames.length, 3),
  scale: values(4096, 6),
  orientation: values(4096, 40),
  x: values(4096, 32),
  y: values(4096, 32),
} satisfies OptionTable<SpriteGrid>;

const spriteGridTable = {
  size: { rule: rules.integer({ min: 4, max: 1024 }), default: 64 },
  grid: { rule: rules.options(gridTable), default: dspritesGrid },
} satisfies OptionTable<SpriteGridOptions>;

/** {@link SpritesOptions} as a table. */
export const spritesTable = {
  ...spriteGridTable,
  ...divideTable,
  count: {
    rule: rules.either(rules.integer({ min: 2 }), rules.exactly("all")),
    default: undefined,
  },
} satisfies OptionTable<SpritesOptions>;

interface Canvas {
  readonly size: number;
  readonly sizes: readonly number[];
  readonly total: number;
}

interface Checked {
  readonly size: number;
  readonly grid: { readonly [Name in keyof SpriteGrid]-?: number };
}

function canvasOf({ size, grid }: Checked, caller: string): Canvas {
  const sizes = spriteFactorNames.map((name) => grid[name]);
  const total = sizes.reduce((product, values) => product * values, 1);
  if (total > maxGrid) {
    throw new RangeError(
      `${caller}: grid must have at most ${String(maxGrid)} sprites, got ${String(total)}`,
    );
  }
  return { size, sizes, total };
}

function checkBytes(count: number, { size }: Canvas, caller: string): void {
  if (count * size * size <= maxBytes) return;
  throw new RangeError(
    `${caller}: images must take at most ${String(maxBytes)} bytes, got ${String(count)} of ${String(size)} x ${String(size)}`,
  );
}

/** Value of a position or scale on its grid, from 0 to 1. */
function onGrid(index: number, values: number, single: number): number {
  return values === 1 ? single : index / (values - 1);
}

function draw(indices: Int32Array, { size, sizes }: Canvas): Split {
  const data = new Uint8Array(indices.length * size * size);
  indices.forEach((index, i) => {
    const [shape, scale, orientation, x, y] = toFactors(index, sizes) as [
      number,
      number,
      number,
      number,
      number,
    ];
    const span = size * (1 - 2 * largestRadius);
    renderInto(data.subarray(i * size * size, (i + 1) * size * size), size, {
      shape,
      direction: turn(orientation, sizes[2]),
      x: size * largestRadius + span * onGrid(x, sizes[3], 0.5),
      y: size * largestRadius + span * onGrid(y, sizes[4], 0.5),
      radius: size * largestRadius * (0.5 + 0.5 * onGrid(scale, sizes[1], 1)),
    });
  });
  return {
    data,
    shape: [indices.length, size, size, 1],
    factors: factorTable(indices, sizes),
  };
}

/**
 * Every sprite of a grid in its order: index = mixed radix of shape, scale, orientation, x, y.
 *
 * @param options image size and grid
 * @returns images `[sprites, size, size, 1]` and factors `[sprites, 5]`
 * @throws RangeError when the size or grid is out of range
 */
export function spriteGrid(options: SpriteGridOptions = {}): Split {
  const canvas = canvasOf(readOptions("spriteGrid", spriteGridTable, options), "spriteGrid");
  checkBytes(canvas.total, canvas, "spriteGrid");
  return draw(
    Int32Array.from({ length: canvas.total }, (_, i) => i),
    canvas,
  );
}

/**
 * Sprites drawn from a grid without repetition, divided into training and test sprites; both in drawn order.
 *
 * @param options image size, grid, number, seed
 * @returns images `[count, size, size, 1]` with factors `[count, 5]`; the labels are the shapes
 * @throws RangeError when an option is out of range, TypeError when there is no such option
 */
export function sprites(options: SpritesOptions = {}): Dataset {
  const caller = "sprites";
  const checked = readOptions(caller, spritesTable, options);
  const { count, seed } = checked;
  const canvas = canvasOf(checked, caller);
  const drawn = count === "all" ? canvas.total : (count ?? Math.min(defaultCount, canvas.total));
  assertInteger({ fn: caller, name: "count" }, drawn, { min: 2, max: canvas.total });
  checkBytes(drawn, canvas, caller);
  const places = generator(seed).permutation(canvas.total);
  const { train, test } = divide(drawn, options, caller);
  return {
    name: "sprites",
    train: withShapeLabels(
      draw(
        train.map((i) => places[i]),
        canvas,
      ),
    ),
    test: withShapeLabels(
      draw(
        test.map((i) => places[i]),
        canvas,
      ),
    ),
    classNames: shapeNames.slice(0, canvas.sizes[0]),
    factorNames: [...spriteFactorNames],
    factorSizes: [...canvas.sizes],
  };
}

function withShapeLabels(split: Split & { readonly factors?: Int32Array }): Split {
  const { factors } = split;
  if (factors === undefined) return split;
  const columns = spriteFactorNames.length;
  return {
    ...split,
    labels: Uint8Array.from({ length: factors.length / columns }, (_, i) => factors[i * columns]),
  };
}
