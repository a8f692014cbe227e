/** Options of a measure's command line: names with what they are unless given. */
import { parseArgs } from "node:util";

type Values = Readonly<Record<string, string | number | boolean>>;

/** The kinds of the defaults, any value of them. */
type Given<T extends Values> = {
  readonly [Name in keyof T]: T[Name] extends number
    ? number
    : T[Name] extends boolean
      ? boolean
      : string;
};

/**
 * What the command line says of each option, a number where the default is one.
 *
 * @throws RangeError for a number that is none; TypeError for an unknown option
 */
export function commandLine<T extends Values>(defaults: T): Given<T> {
  const names = Object.keys(defaults);
  const typeOf = (name: string): "boolean" | "string" =>
    typeof defaults[name] === "boolean" ? "boolean" : "string";
  const { values } = parseArgs({
    options: Object.fromEntries(names.map((name) => [name, { type: typeOf(name) }])),
  });
  const read = (name: string): string | number | boolean => {
    const text = values[name];
    if (text === undefined) return defaults[name];
    if (typeof defaults[name] !== "number") return text;
    const value = text === "" ? NaN : Number(text);
    if (Number.isFinite(value)) return value;
    throw new RangeError(`measure: --${name} must be a number, got ${String(text)}`);
  };
  return Object.fromEntries(names.map((name) => [name, read(name)])) as Given<T>;
}

/** The command that measures the same again: every option that has a value, but for the folder where this machine keeps its data. */
export function commandOf(script: string, given: Values): string {
  const options = Object.entries(given)
    .filter(([name, value]) => name !== "folder" && value !== "" && value !== false)
    .map(([name, value]) => (value === true ? ` --${name}` : ` --${name} ${value}`));
  return `node --conditions=@elbo/source --import ./scripts/typescript.mjs apps/bench/measure/${script}${options.join("")}`;
}

/** The numbers of a list `1,2,3`. */
export const numbersOf = (text: string): number[] => text.split(",").map(Number);

/** The seeds 1 to `count`. */
export const seedsTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);
