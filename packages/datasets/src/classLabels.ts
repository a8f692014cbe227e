import { parseNumber } from "./number.ts";

/** Most different labels of a set. */
export const maxClasses = 2 ** 20;

/** Labels as numbers, and what they stand for. */
export interface NumberedLabels {
  readonly labels: Int32Array;
  /** Names of the classes; undefined where the labels were whole numbers from 0 upwards, which stay what they are. */
  readonly classNames: readonly string[] | undefined;
}

/**
 * Labels that come as text. Blanks around them do not count. Where all are numbers they are compared as numbers ("1" and "1.0" are
 * one class, "2" comes before "10"); others are names, in alphabetical order of their code units.
 */
export class ClassLabels {
  readonly #codes: Int32Array;
  readonly #codeOf = new Map<string, number>();

  readonly #name: string;

  /**
   * @param count number of labels to come, at most
   * @param name argument, for messages
   */
  constructor(count: number, name = "labels") {
    this.#codes = new Int32Array(count);
    this.#name = name;
  }

  /** Takes the label of an example; throws RangeError when there are more different ones than {@link maxClasses}. */
  push(text: string, index: number): void {
    const name = text.trim();
    let code = this.#codeOf.get(name);
    if (code === undefined) {
      code = this.#codeOf.size;
      if (code === maxClasses) {
        throw new RangeError(
          `${this.#name} must have at most ${String(maxClasses)} different values, got more of them`,
        );
      }
      this.#codeOf.set(name, code);
    }
    this.#codes[index] = code;
  }

  /**
   * The labels of the first examples.
   *
   * @param count how many there were
   * @param known names of the classes in their order, where the caller gave them
   * @throws RangeError when a label is not among these
   */
  finish(count: number, known?: readonly string[]): NumberedLabels {
    const names = [...this.#codeOf.keys()];
    const { labelOf, classNames } =
      known === undefined
        ? numbered(names)
        : { labelOf: this.#among(names, known), classNames: known };
    const labels = this.#codes.subarray(0, count).map((code) => labelOf[code]);
    return { labels, classNames };
  }

  #among(names: readonly string[], known: readonly string[]): readonly number[] {
    const indices = new Map(known.map((name, i) => [name, i]));
    return names.map((name) => {
      const index = indices.get(name);
      if (index !== undefined) return index;
      throw new RangeError(`${this.#name} must be among classNames, got ${JSON.stringify(name)}`);
    });
  }
}

function numbered(names: readonly string[]): {
  labelOf: readonly number[];
  classNames: readonly string[] | undefined;
} {
  const values = names.map(parseNumber);
  if (values.every((value) => Number.isInteger(value) && value >= 0 && value < 2 ** 31)) {
    return { labelOf: values, classNames: undefined };
  }
  const isNumeric = !values.some(Number.isNaN);
  const valueOf = new Map(names.map((name, i) => [name, values[i]]));
  // Of several ways to write one number the first one that occurs is its name.
  const classNames = isNumeric
    ? [...new Map(names.toReversed().map((name) => [valueOf.get(name) as number, name])).entries()]
        .sort(([a], [b]) => a - b)
        .map(([, name]) => name)
    : names.toSorted();
  const indices = new Map(
    classNames.map((name, i) => [isNumeric ? valueOf.get(name) : name, i] as const),
  );
  const labelOf = names.map((name, i) => indices.get(isNumeric ? values[i] : name) as number);
  return { labelOf, classNames };
}
