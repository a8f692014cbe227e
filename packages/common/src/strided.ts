/** An array, or a typed one, of which elements can be set. */
interface Elements {
  readonly length: number;
  [index: number]: unknown;
}

/** Where the elements of an array lie in another: strides and offset count elements. */
export interface StridedView {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset?: number;
}

/**
 * Copies what a view of an array shows, its last axis varying fastest.
 *
 * @param from holds the elements
 * @param into of the same kind, as long as the shape says
 */
export function copyStrided<A extends Elements>(
  from: A,
  into: A,
  { shape, strides, offset = 0 }: StridedView,
): void {
  const index = shape.map(() => 0);
  let at = offset;
  for (let to = 0; to < into.length; to++) {
    (into as Elements)[to] = from[at];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis];
      index[axis] = index[axis] + 1;
      if (index[axis] < shape[axis]) break;
      at -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
}
