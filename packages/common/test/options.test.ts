import { describe, expect, test } from "vitest";
import { describeOptions, readOptions, rules } from "../src/options.ts";
import type { OptionTable } from "../src/options.ts";

interface RunOptions {
  readonly steps: number;
  readonly batchSize?: number;
  readonly order?: "seeded" | "given";
  readonly hidden?: readonly number[];
  readonly clipNorm?: number;
  readonly scale?: number | "global";
  readonly checkpoint?: { readonly directory: string; readonly everySteps?: number };
}

const checkpoint = {
  directory: { rule: rules.path() },
  everySteps: { rule: rules.integer({ min: 1 }), default: undefined },
};

const table = {
  steps: { rule: rules.integer({ min: 1 }), doc: "updates" },
  batchSize: { rule: rules.integer({ min: 1 }), default: 128, doc: "examples per update" },
  order: { rule: rules.oneOf(["seeded", "given"]), default: "seeded", doc: "of the rows" },
  hidden: { rule: rules.sizes(), default: [400] },
  clipNorm: { rule: rules.number({ above: 0 }), default: undefined, doc: "bound of the norm" },
  scale: {
    rule: rules.either(rules.number({ above: 0 }), rules.oneOf(["global"])),
    default: "global",
    shown: "learned",
    doc: "deviation",
  },
  checkpoint: { rule: rules.options(checkpoint), default: undefined },
} satisfies OptionTable<RunOptions>;

const read = (given: object): ReturnType<typeof readOptions<typeof table>> =>
  readOptions("run", table, given);

describe("readOptions", () => {
  test("fills in defaults, and takes undefined for not given", () => {
    expect(read({ steps: 3, batchSize: undefined })).toEqual({
      steps: 3,
      batchSize: 128,
      order: "seeded",
      hidden: [400],
      clipNorm: undefined,
      scale: "global",
      checkpoint: undefined,
    });
  });

  test("the values have the types of their rules", () => {
    const { steps, batchSize, clipNorm, order } = read({ steps: 1 });
    const sum: number = steps + batchSize;
    const norm: number | undefined = clipNorm;
    const word: "seeded" | "given" = order;
    expect([sum, norm, word]).toEqual([129, undefined, "seeded"]);
  });

  test.each<[string, object, string, typeof RangeError]>([
    ["a missing option", {}, "run: steps must be an integer at least 1, got undefined", TypeError],
    [
      "an unknown key",
      { steps: 1, bachSize: 2 },
      'run: options must be among steps, batchSize, order, hidden, clipNorm, scale, checkpoint, got "bachSize"',
      TypeError,
    ],
    [
      "a number out of range",
      { steps: 0 },
      "run: steps must be an integer at least 1, got 0",
      RangeError,
    ],
    [
      "another word",
      { steps: 1, order: "x" },
      'run: order must be one of "seeded", "given", got "x"',
      RangeError,
    ],
    [
      "an entry of a list",
      { steps: 1, hidden: [4, 0] },
      "run: hidden[1] must be an integer at least 1, got 0",
      RangeError,
    ],
    [
      "an empty list",
      { steps: 1, hidden: [] },
      "run: hidden must be a list of at least 1: an integer at least 1, got []",
      RangeError,
    ],
    [
      "neither of two",
      { steps: 1, scale: "pixel" },
      'run: scale must be a finite number above 0, or one of "global", got "pixel"',
      RangeError,
    ],
    [
      "an option of an option",
      { steps: 1, checkpoint: { directory: "" } },
      'run: checkpoint.directory must be a path, as a string, got ""',
      TypeError,
    ],
    [
      "an unknown key of an option",
      { steps: 1, checkpoint: { directory: "a", every: 1 } },
      'run: checkpoint: options must be among directory, everySteps, got "every"',
      TypeError,
    ],
    [
      "no object",
      { steps: 1, checkpoint: "a" },
      'run: checkpoint must be an object of directory, everySteps, got "a"',
      TypeError,
    ],
  ])("refuses %s", (_, given, message, kind) => {
    expect(() => read(given)).toThrow(new kind(message));
  });
});

test("describeOptions gives the rows of a table, without options that have no line", () => {
  expect(describeOptions(table).map(({ name, default: value }) => [name, value])).toEqual([
    ["steps", "required"],
    ["batchSize", "128"],
    ["order", '"seeded"'],
    ["clipNorm", "none"],
    ["scale", "learned"],
  ]);
});

test("a rule reads texts of a command line, and a table needs the keys of its interface", () => {
  expect(rules.sizes().fromText?.("400, 200")).toEqual([400, 200]);
  expect(rules.integer().fromText?.("7")).toBe(7);
  // @ts-expect-error -- steps is missing
  const incomplete = { batchSize: table.batchSize } satisfies OptionTable<
    Pick<RunOptions, "steps" | "batchSize">
  >;
  // @ts-expect-error -- an option that may be left out needs a default
  const without = { batchSize: { rule: rules.integer() } } satisfies OptionTable<
    Pick<RunOptions, "batchSize">
  >;
  expect([incomplete, without]).toHaveLength(2);
});
