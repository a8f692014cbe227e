/** A program as text: one line per call, tile programs indented under theirs. */
import { tile } from "./format.ts";
import { isTileProgram, type Step, type TileProgram } from "./program.ts";
import type { Buffer } from "./view.ts";

const operations = new Map<number, string>(
  Object.entries(tile).map(([name, code]) => [code, name]),
);

/** Writes steps as text. */
export function printSteps(steps: readonly Step[]): string {
  const names = new Names();
  return steps.flatMap((step, i) => printStep(step, i, names)).join("\n");
}

class Names {
  readonly #numbers = new Map<Buffer, number>();

  /** `b3 add[784]`: number, what made it, size. */
  of(buffer: Buffer): string {
    const known = this.#numbers.get(buffer);
    const number = known ?? this.#numbers.size;
    this.#numbers.set(buffer, number);
    const { label, size, dtype, place } = buffer;
    const name = place === "state" ? label.replace("state ", "s") : `b${number}`;
    return known === undefined ? `${name} (${label} ${dtype} [${size}])` : name;
  }
}

function printStep(step: Step, index: number, names: Names): string[] {
  const program = step.arguments.find(isTileProgram);
  const given = step.arguments.map((argument) => {
    if (typeof argument === "number") return String(argument);
    if (isTileProgram(argument)) return "{...}";
    return names.of(argument.buffer) + (argument.bytes > 0 ? `+${argument.bytes}` : "");
  });
  const call = `${index} ${step.kernel} ${given.join(" ")}`;
  return program ? [call, ...printTiles(program, names)] : [call];
}

function printTiles(program: TileProgram, names: Names): string[] {
  const { dims, outer, reduced, accesses, instructions } = program;
  const split = reduced > 0 ? ` kept ${outer}, reduced ${reduced}` : "";
  const place = (i: number): string => {
    const { buffer, offset, strides } = accesses[i];
    return `${names.of(buffer)}${offset === 0 ? "" : `+${offset}`} by ${strides.join(",")}`;
  };
  const lines = instructions.map(([operation, result, a, b, c, e]) => {
    const name = operations.get(operation) ?? String(operation);
    if (operation === tile.load) return `r${result} = ${place(a)}`;
    if (operation === tile.store) return `${place(result)} = r${a}`;
    if (operation === tile.reduce) return `${place(result)} = reduce ${b} r${a}`;
    if (operation === tile.constant) return `r${result} = ${printBits(a)}`;
    return `r${result} = ${name} ${a} ${b} ${c} ${e}`;
  });
  return [`[${dims.join(", ")}]${split}`, ...lines].map((line) => `    ${line}`);
}

function printBits(bits: number): string {
  const value = new Float32Array(Int32Array.of(bits).buffer)[0];
  return `${value} (${bits})`;
}
