/** Writes steps as the words of a program. */
import { elementTypes, header, kernels, operandUnit, programFormat } from "./format.ts";
import { bytesOf, isTileProgram, type Argument, type Step, type TileProgram } from "./program.ts";
import type { Buffer } from "./view.ts";

/** A place in a region. */
export interface Place {
  readonly region: number;
  readonly bytes: number;
}

/** Writes a program; `placeOf` says where a buffer lies. */
export function encode(
  steps: readonly Step[],
  regions: number,
  placeOf: (buffer: Buffer) => Place,
): Int32Array {
  const operands = new Operands(placeOf);
  const parts = new Parts(operands);
  const instructions = steps.map((step) => parts.instruction(step));
  const operandsAt = header.length;
  const tilesAt = operandsAt + operands.words.length;
  const instructionsAt = tilesAt + parts.tiles.length;
  const words: number[] = Array.from({ length: header.length }, () => 0);
  words[header.magic] = programFormat;
  words[header.regions] = regions;
  words[header.operands] = operands.words.length / 3;
  words[header.operandsAt] = operandsAt;
  words[header.instructions] = steps.length;
  words[header.instructionsAt] = instructionsAt;
  for (const word of operands.words) words.push(word);
  for (const word of parts.tiles) words.push(word);
  for (const { list, tileArguments } of instructions) {
    list.forEach((word, i) => words.push(tileArguments.has(i) ? tilesAt + word : word));
  }
  words[header.words] = words.length;
  const result = Int32Array.from(words);
  const lost = words.findIndex((word, i) => result[i] !== word);
  if (lost >= 0) throw new Error(`internal: words must fit 32 bits, got ${words[lost]} at ${lost}`);
  return result;
}

/** Offsets count units of 64 bytes in 32 bits. */
const mostUnits = 2 ** 32;

function tooMuch(bytes: number): RangeError {
  return new RangeError(
    `jit: a program's memory must be less than 256 GiB, got ${(bytes / 2 ** 30).toFixed(0)} GiB; use a smaller batch`,
  );
}

class Operands {
  readonly words: number[] = [];
  readonly #placeOf: (buffer: Buffer) => Place;
  readonly #numbers = new Map<string, number>();

  constructor(placeOf: (buffer: Buffer) => Place) {
    this.#placeOf = placeOf;
  }

  number(buffer: Buffer, bytes = 0): number {
    const place = this.#placeOf(buffer);
    const offset = (place.bytes + bytes) / operandUnit;
    const size = Math.ceil((buffer.size * bytesOf(buffer) - bytes) / operandUnit);
    if (!Number.isInteger(offset)) throw new Error("internal: an operand must be aligned");
    if (offset + size >= mostUnits) throw tooMuch((offset + size) * operandUnit);
    const key = `${place.region},${offset},${size}`;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.words.length / 3;
    this.words.push(place.region, offset | 0, size | 0);
    this.#numbers.set(key, number);
    return number;
  }
}

class Parts {
  readonly tiles: number[] = [];
  readonly #operands: Operands;

  constructor(operands: Operands) {
    this.#operands = operands;
  }

  /** The words of an instruction; tile programs are given by their place among them. */
  instruction({ kernel, arguments: given }: Step): {
    list: number[];
    tileArguments: ReadonlySet<number>;
  } {
    const list = [kernels[kernel], given.length + 2];
    const tileArguments = new Set<number>();
    for (const argument of given) {
      if (isTileProgram(argument)) tileArguments.add(list.length);
      list.push(this.#word(argument));
    }
    return { list, tileArguments };
  }

  #word(argument: Argument): number {
    if (typeof argument === "number") return argument;
    if (isTileProgram(argument)) return this.#tileProgram(argument);
    return this.#operands.number(argument.buffer, argument.bytes);
  }

  #tileProgram(program: TileProgram): number {
    const { dims, accesses, instructions, registers, outer, reduced, scratch } = program;
    const body = [
      ...dims,
      ...accesses.flatMap(({ buffer, offset, strides }) => [
        this.#operands.number(buffer),
        elementTypes[buffer.dtype],
        offset,
        ...strides,
      ]),
      ...instructions.flat(),
    ];
    const start = this.tiles.length;
    this.tiles.push(
      8 + body.length,
      dims.length,
      registers,
      accesses.length,
      instructions.length,
      outer,
      reduced,
      scratch ? this.#operands.number(scratch) : -1,
      ...body,
    );
    return start;
  }
}
