/**
 * Where buffers lie in the arena: values that are not alive at the same time share memory.
 *
 * Largest first, each at the lowest place that no buffer alive at the same time covers. Cost: quadratic in the number of
 * buffers, some milliseconds for a training step.
 */
import { operandUnit } from "./format.ts";
import { bytesOf, type Step } from "./program.ts";
import type { Buffer } from "./view.ts";

/** Places in the arena. */
export interface Layout {
  /** Offset in bytes of every buffer of the arena. */
  readonly offsets: ReadonlyMap<Buffer, number>;
  readonly bytes: number;
}

interface Life {
  readonly buffer: Buffer;
  readonly bytes: number;
  first: number;
  last: number;
  offset: number;
}

/** What a buffer takes. */
export function paddedBytes(buffer: Buffer): number {
  return Math.max(1, Math.ceil((buffer.size * bytesOf(buffer)) / operandUnit)) * operandUnit;
}

/** Lays out the arena for a list of steps; `before` is there at the start, `after` must be there in the end. */
export function layOut(
  steps: readonly Step[],
  before: readonly Buffer[],
  after: readonly Buffer[],
): Layout {
  const lives = livesOf(steps, before, after);
  const placed: Life[] = [];
  let bytes = 0;
  for (const life of [...lives].sort((a, b) => b.bytes - a.bytes)) {
    life.offset = lowestPlace(life, placed);
    bytes = Math.max(bytes, life.offset + life.bytes);
    placed.push(life);
  }
  return { offsets: new Map(lives.map(({ buffer, offset }) => [buffer, offset])), bytes };
}

function livesOf(
  steps: readonly Step[],
  before: readonly Buffer[],
  after: readonly Buffer[],
): Life[] {
  const lives = new Map<Buffer, Life>();
  const touch = (buffer: Buffer, step: number): void => {
    if (buffer.place !== "arena") return;
    const life = lives.get(buffer);
    if (life) life.last = Math.max(life.last, step);
    else
      lives.set(buffer, { buffer, bytes: paddedBytes(buffer), first: step, last: step, offset: 0 });
  };
  for (const buffer of before) touch(buffer, -1);
  steps.forEach(({ reads, writes, scratch }, i) => {
    for (const buffer of [...reads, ...writes, ...scratch]) touch(buffer, i);
  });
  for (const buffer of after) touch(buffer, steps.length);
  return [...lives.values()];
}

function lowestPlace(life: Life, placed: readonly Life[]): number {
  const rivals = placed
    .filter((other) => other.first <= life.last && life.first <= other.last)
    .sort((a, b) => a.offset - b.offset);
  let offset = 0;
  for (const rival of rivals) {
    if (offset + life.bytes <= rival.offset) break;
    offset = Math.max(offset, rival.offset + rival.bytes);
  }
  return offset;
}
