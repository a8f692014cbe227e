/** Tensors of PyTorch: a part of a storage, by offset, sizes and strides. */
import { copyStrided } from "@elbo/common";
import type { StridedView } from "@elbo/common";
import { sizeOf } from "../../shape.ts";
import type { StoredArray, StoredTensor } from "../elementTypes.ts";

/** A storage of elements that is read once. */
export interface Storage {
  /** Size of an element in the file, in bytes. */
  readonly width: number;
  /** Number of elements. */
  readonly length: number;
  /** Its elements; all tensors of one storage share them. */
  readonly read: () => StoredArray;
}

/** Where a tensor lies in its storage. */
export interface TensorView extends Required<StridedView> {
  readonly storage: Storage;
}

const isSize = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;
const isSizes = (value: unknown): value is number[] => Array.isArray(value) && value.every(isSize);

/**
 * A checked view.
 *
 * @throws RangeError when an element would lie outside the storage, or the view repeats more elements than the storage has
 */
export function tensorView(
  storage: Storage,
  [offset, shape, strides]: readonly unknown[],
): TensorView {
  if (!isSize(offset) || !isSizes(shape) || !isSizes(strides) || strides.length !== shape.length) {
    throw new RangeError("a tensor without offset, sizes and strides");
  }
  const isEmpty = shape.includes(0);
  const last = shape.reduce((at, size, axis) => at + (size - 1) * strides[axis], offset);
  if (!isEmpty && (last >= storage.length || sizeOf(shape) > storage.length)) {
    throw new RangeError(`a tensor of [${shape.join(", ")}] beyond its ${storage.length} elements`);
  }
  return { storage, offset, shape, strides };
}

/** Whether elements lie in the order of the shape, one after the other. */
export function isContiguous({ shape, strides }: TensorView): boolean {
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== step) return false;
    step *= shape[axis];
  }
  return true;
}

/** The elements of a view in the order of its shape: its part of the storage, or a copy where that has another order. */
export function readTensor(view: TensorView): StoredTensor {
  const { storage, offset, shape } = view;
  const size = sizeOf(shape);
  const elements = storage.read();
  if (size === 0 || isContiguous(view)) {
    return { data: elements.subarray(offset, offset + size), shape };
  }
  const data = elements.slice(0, size);
  copyStrided(elements, data, view);
  return { data, shape };
}
