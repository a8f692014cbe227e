/**
 * @file Options in one idiom: a table per function says of every option its rule, its default and, where a README or a command line
 * shows it, one line of documentation. {@link readOptions} checks what was given by the table and fills in the defaults, so names,
 * checks and defaults stand in one place; `satisfies OptionTable<XOptions>` holds the table to the documented interface.
 */
import { assertInteger, assertKnownOptions, assertNumber, numberRuleText } from "./arguments.ts";
import type { ArgumentName, NumberRule } from "./arguments.ts";
import { describeValue } from "./describeValue.ts";
import { isRecord } from "./isRecord.ts";

/** What a value must be. */
export interface Rule<T> {
  /** What follows "must be": `an integer at least 1`. */
  readonly must: string;
  /**
   * The value, checked.
   *
   * @throws TypeError for another kind of value, RangeError for one out of range: `fn: name must be ..., got ...`
   */
  read(at: ArgumentName, value: unknown): T;
  /** The value that a text on a command line stands for, not yet checked; absent: none can. */
  fromText?(text: string): unknown;
}

/** One option of a function. Without `default` it must be given. */
export interface Option<T = unknown> {
  readonly rule: Rule<T>;
  /** Its value when it is not given; `undefined` for an option that may be left out. */
  readonly default?: unknown;
  /** The default in tables, where the value does not show it: `the model's`. */
  readonly shown?: string;
  /** One line for tables and command lines. */
  readonly doc?: string;
}

/** The options of a function by name. */
export type Options = Readonly<Record<string, Option>>;

/** A table with exactly the options of the interface `X`: those that may be left out have a default, the others none. */
export type OptionTable<X> = {
  readonly [K in keyof X]-?: Record<string, never> extends Pick<X, K>
    ? Option<Relaxed<Exclude<X[K], undefined>>> & { readonly default: X[K] | undefined }
    : Option<Relaxed<X[K]>> & { readonly default?: never };
};

/** Options of an option, once read, hold `undefined` where nothing was given. */
type Relaxed<T> = T extends readonly unknown[] | ((...given: never) => unknown)
  ? T
  : T extends object
    ? { readonly [K in keyof T]: T[K] | undefined }
    : T;

/** What {@link readOptions} gives for a table. */
export type OptionValues<T extends Options> = {
  readonly [K in keyof T]: T[K] extends { readonly default: infer D }
    ? RuleValue<T[K]> | (undefined extends D ? undefined : never)
    : RuleValue<T[K]>;
};

type RuleValue<O> = O extends { readonly rule: Rule<infer T> } ? T : never;

/**
 * Checks options by their table and fills in the defaults; `undefined` stands for an option that is not given.
 *
 * @param fn the function for messages
 * @throws TypeError for an unknown key, a missing option or another kind of value, RangeError for a value out of range
 */
export function readOptions<T extends Options>(
  fn: string,
  table: T,
  given: object,
): OptionValues<T> {
  assertKnownOptions(fn, given, Object.keys(table));
  return readValues({ fn, name: "" }, table, given);
}

/** Reads values under a prefix, `checkpoint.`, whose keys are known. */
function readValues<T extends Options>(
  { fn, name: prefix }: ArgumentName,
  table: T,
  given: object,
): OptionValues<T> {
  const values = given as Readonly<Record<string, unknown>>;
  const read = Object.entries(table).map(([name, option]) => {
    const value = values[name];
    if (value === undefined && "default" in option) return [name, option.default];
    return [name, option.rule.read({ fn, name: prefix + name }, value)];
  });
  return Object.fromEntries(read) as OptionValues<T>;
}

/** One row of {@link describeOptions}. */
export interface OptionDescription {
  readonly name: string;
  /** As text: `128`, `"auto"`, `required`, `none`. */
  readonly default: string;
  readonly must: string;
  readonly doc: string;
}

/** The rows of a table of options as text, for READMEs and command lines: options without `doc` are left out. */
export function describeOptions(table: Options): OptionDescription[] {
  return Object.entries(table).flatMap(([name, option]) => {
    const { doc, rule, shown } = option;
    if (doc === undefined) return [];
    const value = option.default;
    const none = "default" in option ? "none" : "required";
    const text = value === undefined ? none : JSON.stringify(value);
    return [{ name, default: shown ?? text, must: rule.must, doc }];
  });
}

/** What makes a rule of two predicates. */
interface RuleParts {
  readonly must: string;
  /** Whether a value is of the right kind; of another one: TypeError. */
  readonly isKind: (value: unknown) => boolean;
  /** Whether a value of the right kind is in range; default: all are. */
  readonly accepts?: (value: never) => boolean;
  readonly fromText?: (text: string) => unknown;
}

/** A rule from what its values must be, in words and as predicates. */
function rule<T>({ must, isKind, accepts = () => true, fromText }: RuleParts): Rule<T> {
  return {
    must,
    read({ fn, name }, value) {
      const text = (): string => `${fn}: ${name} must be ${must}, got ${describeValue(value)}`;
      if (!isKind(value)) throw new TypeError(text());
      if (!accepts(value as never)) throw new RangeError(text());
      return value as T;
    },
    ...(fromText === undefined ? {} : { fromText }),
  };
}

/** The number that a text is, else the text, for the message. */
const numberFromText = (text: string): unknown =>
  text.trim() === "" || Number.isNaN(Number(text)) ? text : Number(text);
const splitText = (text: string): string[] => text.split(",").map((entry) => entry.trim());
const isString = (value: unknown): boolean => typeof value === "string";

const oneOf = <const T extends string>(choices: readonly T[]): Rule<T> =>
  rule({
    must: `one of ${choices.map((choice) => JSON.stringify(choice)).join(", ")}`,
    isKind: isString,
    accepts: (value: string) => choices.includes(value as T),
    fromText: (text) => text,
  });

/** A list, whose entries are refused by their place: `hidden[1]`. */
function list<T>(
  entry: Rule<T>,
  { least = 1 }: { readonly least?: number } = {},
): Rule<readonly T[]> {
  const must = `a list of ${least === 0 ? "" : `at least ${least}: `}${entry.must}`;
  const isList = rule<readonly unknown[]>({
    must,
    isKind: Array.isArray,
    accepts: (value: readonly unknown[]) => value.length >= least,
  });
  return {
    must,
    read: ({ fn, name }, value) =>
      isList
        .read({ fn, name }, value)
        .map((item, i) => entry.read({ fn, name: `${name}[${i}]` }, item)),
    fromText: (text) =>
      splitText(text).map((part) => (entry.fromText === undefined ? part : entry.fromText(part))),
  };
}

/** A list of fixed length, a rule for each place; `must` follows "must be": `[height, width]`. */
function tuple<const T extends readonly Rule<unknown>[]>(
  must: string,
  entries: T,
): Rule<{ readonly [K in keyof T]: T[K] extends Rule<infer V> ? V : never }> {
  const whole = rule<readonly unknown[]>({
    must,
    isKind: Array.isArray,
    accepts: (value: readonly unknown[]) => value.length === entries.length,
  });
  return {
    must,
    read: ({ fn, name }, value) =>
      whole
        .read({ fn, name }, value)
        .map((item, i) => entries[i].read({ fn, name: `${name}[${i}]` }, item)) as never,
    fromText: (text) => splitText(text).map((part, i) => entries.at(i)?.fromText?.(part) ?? part),
  };
}

/** The first rule that takes the value; its refusal names both. */
function either<A, B>(first: Rule<A>, second: Rule<B>): Rule<A | B> {
  const must = `${first.must}${first.must.includes(" ") ? "," : ""} or ${second.must}`;
  return {
    must,
    read(at, value) {
      for (const one of [first, second]) {
        try {
          return one.read(at, value);
        } catch (error) {
          if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
        }
      }
      const isOfKind = typeof value === "number" || typeof value === "string";
      const text = `${at.fn}: ${at.name} must be ${must}, got ${describeValue(value)}`;
      throw isOfKind ? new RangeError(text) : new TypeError(text);
    },
    fromText: numberFromText,
  };
}

/** The rules that options are made of. */
export const rules = {
  /** A finite number in a range. */
  number: (range: NumberRule = {}): Rule<number> => ({
    must: `a finite number${numberRuleText(range)}`,
    read(at, value) {
      assertNumber(at, value, range);
      return value;
    },
    fromText: numberFromText,
  }),
  /** An integer in a range. */
  integer: (range: NumberRule = {}): Rule<number> => ({
    must: `an integer${numberRuleText(range)}`,
    read(at, value) {
      assertInteger(at, value, range);
      return value;
    },
    fromText: numberFromText,
  }),
  /** True or false. */
  boolean: (): Rule<boolean> =>
    rule({
      must: "true or false",
      isKind: (value) => typeof value === "boolean",
      fromText: (text) => (text === "true" ? true : text === "false" ? false : text),
    }),
  /** One of some words. */
  oneOf,
  /** Any text that is not empty. */
  text: (): Rule<string> =>
    rule({
      must: "a text",
      isKind: isString,
      accepts: (value: string) => value !== "",
      fromText: (t) => t,
    }),
  /** A path of a file or directory. */
  path: (): Rule<string> =>
    rule({
      must: "a path, as a string",
      isKind: (v) => isString(v) && v !== "",
      fromText: (t) => t,
    }),
  list,
  tuple,
  /** One value and no other. */
  exactly: <const T extends number | boolean | string>(only: T): Rule<T> =>
    rule<T>({
      must: JSON.stringify(only),
      isKind: (value) => typeof value === typeof only,
      accepts: (value: T) => value === only,
      fromText: (text) => (text === String(only) ? only : text),
    }),
  /** A function; what it takes and gives is not checked. */
  function: <F>(): Rule<F> =>
    rule<F>({ must: "a function", isKind: (value) => typeof value === "function" }),
  /** Positive integers: widths, sizes of a shape. */
  sizes: (range: { readonly least?: number } = {}): Rule<readonly number[]> =>
    list(rules.integer({ min: 1 }), range),
  either,
  /** Options of an option: refused as `fn: name.option must be ...`. */
  options<T extends Options>(table: T): Rule<OptionValues<T>> {
    const must = `an object of ${Object.keys(table).join(", ")}`;
    return {
      must,
      read({ fn, name }, value) {
        const given = rule<object>({ must, isKind: isRecord }).read({ fn, name }, value);
        assertKnownOptions(`${fn}: ${name}`, given, Object.keys(table));
        return readValues({ fn, name: `${name}.` }, table, given);
      },
    };
  },
  /** Whatever a predicate recognizes; `must` follows "must be". */
  such: <T>(must: string, is: (value: unknown) => boolean): Rule<T> =>
    rule<T>({ must, isKind: is }),
  /** Anything: it is checked where it is used. */
  any: <T>(): Rule<T> => rule<T>({ must: "given", isKind: (value) => value !== undefined }),
} as const;
