/**
 * Shapes as unions of convex parts, so that a horizontal line meets each part in one interval that can be computed
 * exactly. All three fit a circle of radius 1 about the origin and cover about the same area (2, 1.88, 1.79).
 */
import type { Direction } from "./turn.ts";

/** A box or an ellipse in the frame of its sprite, whose y axis points down. */
interface Part {
  readonly isRound: boolean;
  /** Whether it is turned by an eighth against its sprite. */
  readonly isDiagonal: boolean;
  readonly center: readonly [number, number];
  /** Half the width and half the height. */
  readonly half: readonly [number, number];
}

const side = Math.SQRT1_2;
const lobe = 0.5 * Math.SQRT1_2;

/** Names of the shapes in the order of the factor `shape`. */
export const shapeNames = ["square", "ellipse", "heart"] as const;

const partsOfShape: readonly (readonly Part[])[] = [
  [{ isRound: false, isDiagonal: false, center: [0, 0], half: [side, side] }],
  [{ isRound: true, isDiagonal: false, center: [0, 0], half: [1, 0.6] }],
  [
    { isRound: false, isDiagonal: true, center: [0, 0], half: [0.5, 0.5] },
    { isRound: true, isDiagonal: false, center: [-lobe, -lobe], half: [0.5, 0.5] },
    { isRound: true, isDiagonal: false, center: [lobe, -lobe], half: [0.5, 0.5] },
  ],
];

/** A part at its place in the image; lengths in pixels. */
export interface PlacedPart {
  readonly isRound: boolean;
  readonly direction: Direction;
  readonly x: number;
  readonly y: number;
  readonly halfWidth: number;
  readonly halfHeight: number;
}

/** Where a sprite stands. */
export interface Placement {
  /** Index into {@link shapeNames}. */
  readonly shape: number;
  readonly direction: Direction;
  /** Center in pixels. */
  readonly x: number;
  readonly y: number;
  /** Radius of the circle around the shape in pixels. */
  readonly radius: number;
}

/** The parts of a sprite at their places in the image. */
export function placeParts({ shape, direction, x, y, radius }: Placement): readonly PlacedPart[] {
  const { cos, sin } = direction;
  return partsOfShape[shape].map(({ isRound, isDiagonal, center, half }) => ({
    isRound,
    direction: isDiagonal ? { cos: (cos - sin) * side, sin: (sin + cos) * side } : direction,
    x: x + radius * (center[0] * cos - center[1] * sin),
    y: y + radius * (center[0] * sin + center[1] * cos),
    halfWidth: radius * half[0],
    halfHeight: radius * half[1],
  }));
}

/**
 * Where a horizontal line meets a part.
 *
 * @param part a placed part
 * @param y height of the line in pixels
 * @param ends output: left and right end in pixels
 * @returns whether they meet
 */
export function intersect(part: PlacedPart, y: number, ends: Float64Array): boolean {
  const { cos, sin } = part.direction;
  const dy = y - part.y;
  if (part.isRound) {
    // |(u / a, v / b)|^2 <= 1 with u = dx cos + dy sin, v = dy cos - dx sin is quadratic in dx.
    const [wide, high] = [
      1 / (part.halfWidth * part.halfWidth),
      1 / (part.halfHeight * part.halfHeight),
    ];
    const a = cos * cos * wide + sin * sin * high;
    const b = dy * cos * sin * (wide - high);
    const c = dy * dy * (sin * sin * wide + cos * cos * high) - 1;
    const root = b * b - a * c;
    if (root <= 0) return false;
    const reach = Math.sqrt(root);
    ends[0] = part.x + (-b - reach) / a;
    ends[1] = part.x + (-b + reach) / a;
    return true;
  }
  ends[0] = Number.NEGATIVE_INFINITY;
  ends[1] = Number.POSITIVE_INFINITY;
  clip(ends, { slope: cos, offset: dy * sin, half: part.halfWidth });
  clip(ends, { slope: -sin, offset: dy * cos, half: part.halfHeight });
  ends[0] += part.x;
  ends[1] += part.x;
  return ends[0] < ends[1];
}

interface Strip {
  readonly slope: number;
  readonly offset: number;
  readonly half: number;
}

/** Keeps the part of an interval of dx where `|slope dx + offset| <= half`. */
function clip(ends: Float64Array, { slope, offset, half }: Strip): void {
  if (slope === 0) {
    if (Math.abs(offset) > half) ends[1] = Number.NEGATIVE_INFINITY;
    return;
  }
  const one = (-half - offset) / slope;
  const other = (half - offset) / slope;
  ends[0] = Math.max(ends[0], Math.min(one, other));
  ends[1] = Math.min(ends[1], Math.max(one, other));
}
