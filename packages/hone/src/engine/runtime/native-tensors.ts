/** Arrays as the runtime's tensors: views of our memory, and copies of what it made in its own. */
import { assert } from "../../core/errors.ts";
import { onnxTypes } from "../../tensor/ops/elementwise.ts";
import { arrayTypes, elementCount, type DType, type TypedArray } from "../../tensor/shape.ts";
import { type Handle, made, ortLibrary, type OrtLibrary } from "./ort-library.ts";
import type { HeldTensor, Value } from "./value.ts";

/** The runtime's tensor over each of our arrays, made once; it is released when the array's value is collected. */
const bound = new WeakMap<Value, { readonly handle: Handle; readonly dtype: DType }>();
const released = new FinalizationRegistry<{
  readonly library: OrtLibrary;
  readonly handle: Handle;
}>(({ library, handle }) => library.releaseValue(handle));

/** A tensor that reads and writes the value's own memory. */
export function tensorOf(library: OrtLibrary, value: Value, dtype: DType): Handle {
  const known = bound.get(value);
  if (known !== undefined) {
    assert(known.dtype === dtype, `a value was bound as ${known.dtype} and now as ${dtype}`);
    return known.handle;
  }
  const { data, shape } = value;
  const dimensions = BigInt64Array.from(shape, BigInt);
  const handle = made((place) =>
    library.createTensorWithData(
      library.memory,
      data,
      data.byteLength,
      dimensions,
      shape.length,
      onnxTypes[dtype],
      place,
    ),
  );
  bound.set(value, { handle, dtype });
  released.register(value, { library, handle });
  return handle;
}

/** A tensor that the runtime made, left in its memory. The caller releases it by `releaseHeld`. */
export const holdTensor = (library: OrtLibrary, handle: Handle, dtype: DType): HeldTensor => ({
  handle,
  dtype,
  shape: shapeOf(library, handle),
});

/** Gives the memory of a held tensor back to the runtime. It must not be fed any more. */
export const releaseHeld = ({ handle }: HeldTensor): void => ortLibrary().releaseValue(handle);

/** Bytes that a held tensor takes. */
export const heldBytes = ({ dtype, shape }: HeldTensor): number =>
  elementCount(shape) * arrayTypes[dtype].BYTES_PER_ELEMENT;

/** The numbers of a tensor that the runtime made, copied; the tensor is given back. */
export function takeOut(library: OrtLibrary, handle: Handle, dtype: DType): Value {
  try {
    const shape = shapeOf(library, handle);
    const Numbers = arrayTypes[dtype];
    const length = elementCount(shape);
    if (length === 0) return { data: new Numbers(0), shape };
    const address = made((place) => library.tensorData(handle, place));
    const data: TypedArray = new Numbers(
      library.bytesAt(address, length * Numbers.BYTES_PER_ELEMENT),
    );
    return { data, shape };
  } finally {
    library.releaseValue(handle);
  }
}

function shapeOf(library: OrtLibrary, handle: Handle): number[] {
  const info = made((place) => library.tensorTypeAndShape(handle, place));
  try {
    const rank = Number(made((place) => library.dimensionsCount(info, place)));
    const dimensions = new BigInt64Array(rank);
    library.dimensions(info, dimensions, rank);
    return Array.from(dimensions, Number);
  } finally {
    library.releaseTensorTypeAndShape(info);
  }
}
