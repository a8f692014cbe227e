import { describe, expect, test } from "vitest";
import { product, sequence, sum } from "../src/objective/combinations.ts";
import { cosine, cyclical, linear } from "../src/objective/ramps.ts";
import {
  constant,
  createSchedule,
  resolveSchedule,
  scheduleRule,
} from "../src/objective/schedule.ts";
import { registerSchedule, scheduleFromJson } from "../src/objective/scheduleFromJson.ts";
import type { Schedule } from "../src/objective/schedule.ts";

interface Row {
  readonly name: string;
  readonly schedule: Schedule;
  readonly expected: readonly (readonly [step: number, value: number])[];
  readonly range: readonly [number, number];
}

const rows: Row[] = [
  {
    name: "constant",
    schedule: constant(0.3),
    expected: [
      [0, 0.3],
      [1e9, 0.3],
    ],
    range: [0.3, 0.3],
  },
  {
    name: "linear",
    schedule: linear({ from: 0, to: 4, steps: 8 }),
    expected: [
      [0, 0],
      [1, 0.5],
      [4, 2],
      [8, 4],
      [100, 4],
    ],
    range: [0, 4],
  },
  {
    name: "linear, falling and starting late",
    schedule: linear({ from: 1, to: 0.1, steps: 10, start: 5 }),
    expected: [
      [0, 1],
      [5, 1],
      [10, 0.55],
      [15, 0.1],
      [16, 0.1],
    ],
    range: [0.1, 1],
  },
  {
    name: "cosine",
    schedule: cosine({ from: 1, to: 0, steps: 12 }),
    expected: [
      [0, 1],
      [4, 0.75],
      [6, 0.5],
      [8, 0.25],
      [12, 0],
      [13, 0],
    ],
    range: [0, 1],
  },
  {
    name: "cyclical",
    schedule: cyclical({ from: 0, to: 1, period: 8, rise: 0.5, cycles: 2 }),
    expected: [
      [0, 0],
      [1, 0.25],
      [4, 1],
      [7, 1],
      [8, 0],
      [10, 0.5],
      [15, 1],
      [16, 1],
      [17, 1],
    ],
    range: [0, 1],
  },
  {
    name: "cyclical without end",
    schedule: cyclical({ from: 2, to: 1, period: 4, rise: 1 }),
    expected: [
      [0, 2],
      [2, 1.5],
      [4, 2],
      [4001, 1.75],
    ],
    range: [1, 2],
  },
  {
    name: "sequence, each part on its own clock",
    schedule: sequence([
      { schedule: 0, steps: 3 },
      { schedule: linear({ from: 0, to: 1, steps: 4 }), steps: 4 },
      { schedule: linear({ from: 5, to: 6, steps: 2 }) },
    ]),
    expected: [
      [0, 0],
      [2, 0],
      [3, 0],
      [5, 0.5],
      [7, 5],
      [8, 5.5],
      [9, 6],
      [50, 6],
    ],
    range: [0, 6],
  },
  {
    name: "product",
    schedule: product([
      linear({ from: 0, to: 1, steps: 2 }),
      linear({ from: -4, to: 8, steps: 4 }),
      0.5,
    ]),
    expected: [
      [0, 0],
      [1, -0.25],
      [2, 1],
      [4, 4],
    ],
    range: [-2, 4],
  },
  {
    name: "sum",
    schedule: sum([constant(1), linear({ from: 0, to: -1, steps: 2 })]),
    expected: [
      [0, 1],
      [1, 0.5],
      [2, 0],
    ],
    range: [0, 1],
  },
];

describe.each(rows)("$name", ({ schedule, expected, range }) => {
  test("has the values of its formula", () => {
    for (const [step, value] of expected) expect(schedule(step)).toBeCloseTo(value, 12);
  });

  test("stays within its bounds, which say whether it is constant", () => {
    expect([schedule.lowest, schedule.highest]).toEqual(range);
    expect(schedule.isConstant).toBe(schedule.lowest === schedule.highest);
    for (let step = 0; step < 40; step++) {
      expect(schedule(step)).toBeGreaterThanOrEqual(schedule.lowest);
      expect(schedule(step)).toBeLessThanOrEqual(schedule.highest);
    }
  });

  test("survives JSON bit for bit", () => {
    const restored = scheduleFromJson(JSON.parse(JSON.stringify(schedule)));
    for (let step = 0; step < 40; step++) expect(restored(step)).toBe(schedule(step));
    expect(restored.toJSON()).toEqual(schedule.toJSON());
  });
});

test("ends are exact, whatever rounding does in between", () => {
  const ramp = linear({ from: 0.1, to: 0.7, steps: 7 });
  expect(ramp(7)).toBe(0.7);
  expect(cosine({ from: 0.1, to: 0.7, steps: 7 })(7)).toBe(0.7);
});

test("a number resolves to a constant, a schedule to itself", () => {
  expect(resolveSchedule(2)(9)).toBe(2);
  const ramp = linear({ from: 0, to: 1, steps: 5 });
  expect(resolveSchedule(ramp)).toBe(ramp);
});

const bad = (value: unknown): never => value as never;

test.each([
  [() => constant(NaN), "constant: value must be a finite number, got NaN"],
  [
    () => linear({ from: 0, to: 1, steps: 0 }),
    "linear: steps must be an integer at least 1, got 0",
  ],
  [
    () => linear({ from: 0, to: Infinity, steps: 2 }),
    "linear: to must be a finite number, got Infinity",
  ],
  [
    () => linear({ from: 0, to: 1, steps: 2, start: -1 }),
    "linear: start must be an integer at least 0, got -1",
  ],
  [
    () => cosine(bad({ from: 0, to: 1 })),
    "cosine: steps must be an integer at least 1, got undefined",
  ],
  [
    () => linear(bad({ from: 0, to: 1, step: 5 })),
    'linear: options must be among from, to, steps, start, got "step"',
  ],
  [
    () => cyclical({ from: 0, to: 1, period: 5, rise: 0 }),
    "cyclical: rise must be a finite number above 0 and at most 1, got 0",
  ],
  [
    () => cyclical({ from: 0, to: 1, period: 5, cycles: 0 }),
    "cyclical: cycles must be an integer at least 1, got 0",
  ],
  [() => sequence([]), "sequence: parts must be a list of at least one part, got []"],
  [
    () => sequence([{ schedule: 1 }, { schedule: 2 }]),
    "sequence: steps of part 0 must be an integer at least 1, got undefined",
  ],
  [
    () => sequence([{ schedule: 1, steps: 5 }]),
    "sequence: the last part must have no steps, got 5",
  ],
  [() => product([]), "product: factors must be a list of at least one schedule, got []"],
  [
    () => resolveSchedule(NaN),
    "resolveSchedule: schedule must be a finite number or a schedule, got NaN",
  ],
  [
    () => resolveSchedule(bad(() => 1)),
    "resolveSchedule: a schedule must be a number or made by constant",
  ],
  [
    () => scheduleFromJson({ kind: "exponential" }),
    "scheduleFromJson: the kind of a schedule must be registered",
  ],
  [
    () => scheduleFromJson({ kind: "sum" }),
    "scheduleFromJson: factors must be a list, got undefined",
  ],
  [
    () => scheduleFromJson({ kind: "sequence", parts: [3] }),
    "scheduleFromJson: a part must be an object, got 3",
  ],
])("%s is refused in a sentence", (make, sentence) => {
  expect(make).toThrow(sentence);
});

test("a schedule of one's own goes through JSON once its kind is registered, and through every combination", () => {
  const exponential = (rate: number): Schedule =>
    createSchedule({
      value: (step) => Math.exp(-rate * step),
      lowest: 0,
      highest: 1,
      json: { kind: "exponential-by-hand", rate },
    });
  registerSchedule("exponential-by-hand", ({ rate }) => exponential(rate as number));
  const json = JSON.parse(JSON.stringify(product([2, exponential(0.1)]))) as unknown;
  const again = scheduleFromJson(json);
  expect(again(3)).toBe(2 * Math.exp(-0.1 * 3));
  expect([again.lowest, again.highest, again.isConstant]).toEqual([0, 2, false]);
});

test("the rule of options takes numbers and schedules, and holds schedules to a bound at every step", () => {
  const rule = scheduleRule({ min: 0 });
  const at = { fn: "adam", name: "learningRate" };
  expect(rule.read(at, 0.5)(7)).toBe(0.5);
  expect(rule.read(at, linear({ from: 1, to: 0, steps: 2 }))(1)).toBe(0.5);
  expect(() => rule.read(at, linear({ from: 1, to: -1, steps: 2 }))).toThrow(
    new RangeError(
      "adam: learningRate must be a finite number or a schedule at least 0 at every step, got -1",
    ),
  );
  expect(() => rule.read(at, "0.1")).toThrow(
    new TypeError(
      'adam: learningRate must be a finite number or a schedule at least 0 at every step, got "0.1"',
    ),
  );
});
