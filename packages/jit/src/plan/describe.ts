/** What a call works on, in words: for profiles. */
import { isTileProgram, bytesOf, type Argument, type Step } from "./program.ts";

/** A call of a program as a profile names it. */
export interface StepDescription {
  readonly kernel: string;
  /** Sizes: `128x784x400` of a product, dimensions and number of instructions of a tile program. */
  readonly sizes: string;
  /** Floating-point operations of products; 0 elsewhere. */
  readonly operations: number;
  /** Bytes of all that it reads and writes, each once. */
  readonly bytes: number;
}

const number = (argument: Argument): number => (typeof argument === "number" ? argument : NaN);

/** Where the sizes stand among a kernel's arguments. */
const sizes: Readonly<Record<string, readonly [number, number]>> = {
  gemm: [4, 8],
  gemmArgMin: [4, 7],
  gemmArgMax: [4, 7],
  conv2d: [5, 14],
  conv2dInputGradient: [5, 14],
  conv2dFilterGradient: [4, 13],
  depthwise: [5, 14],
  depthwiseInputGradient: [5, 14],
  depthwiseFilterGradient: [4, 13],
};

/** Describes a step. */
export function describeStep(step: Step): StepDescription {
  const { kernel, arguments: given, reads, writes, work } = step;
  const program = given.find(isTileProgram);
  const range = Object.hasOwn(sizes, kernel) ? sizes[kernel] : undefined;
  const main = range
    ? given
        .slice(...range)
        .map(number)
        .join("x")
    : "";
  const dims = !range && program ? program.dims.join("x") : "";
  const rest =
    kernel === "copy"
      ? given
          .slice(6, 6 + number(given[1]))
          .map(number)
          .join("x")
      : "";
  const chain = program ? `${program.instructions.length} instructions` : "";
  const bytes = [...new Set([...reads, ...writes])].reduce(
    (sum, buffer) => sum + buffer.size * bytesOf(buffer),
    0,
  );
  return {
    kernel,
    sizes: [main + dims + rest, chain].filter((text) => text !== "").join(", "),
    operations: work,
    bytes,
  };
}
