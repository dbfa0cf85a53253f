/** Rows and elements by index. Indices are i64 and must lie inside; the runtime refuses others. */
import type { None, Tensor } from "../call.ts";
import { assert } from "../../core/errors.ts";
import { times } from "../shape.ts";
import { expand, reshape } from "./broadcasting.ts";
import { apply, check, required, type OpRows } from "./op.ts";
import { fill } from "./sources.ts";

interface IndexingOps {
  GatherRows: None;
  PickRows: None;
  ScatterRows: None;
  ScatterRowsAdd: None;
  GatherElements: None;
  ScatterElementsAdd: { readonly axis: number };
}

declare module "../call.ts" {
  interface OpAttributes extends IndexingOps {}
}

export const indexing: OpRows<keyof IndexingOps> = {
  GatherRows: {
    types: ([table, indices]) => [
      { dtype: table!.dtype, shape: [...indices!.shape, ...table!.shape.slice(1)] },
    ],
    gradient: (dy, call) => {
      const [table, indices] = [required(call, 0), required(call, 1)];
      return [scatterRowsAdd(fill(table.shape, 0), indices, dy), undefined];
    },
    onnx: () => ({ type: "Gather", attributes: { axis: 0 } }),
    samples: [
      {
        inputs: [
          { shape: [3, 2], values: [1, 2, 3, 4, 5, 6] },
          { shape: [2, 2], dtype: "i64", values: [2, 0, 2, 2] },
        ],
        build: (table, indices) => gather(table!, indices!),
        expected: [5, 6, 1, 2, 5, 6, 5, 6],
      },
    ],
  },
  PickRows: {
    types: ([table, indices]) => [
      { dtype: table!.dtype, shape: [indices!.shape[0]!, ...table!.shape.slice(1)] },
    ],
    gradient: (dy, call) => {
      const [table, indices] = [required(call, 0), required(call, 1)];
      return [scatterRows(fill(table.shape, 0), indices, dy), undefined];
    },
    onnx: () => ({ type: "Gather", attributes: { axis: 0 } }),
    samples: [
      {
        inputs: [
          { shape: [3, 2], values: [1, 2, 3, 4, 5, 6] },
          { shape: [2], dtype: "i64", values: [2, 0] },
        ],
        build: (table, indices) => pickRows(table!, indices!),
        expected: [5, 6, 1, 2],
      },
    ],
  },
  ScatterRows: {
    types: ([table]) => [{ dtype: table!.dtype, shape: table!.shape }],
    gradient: (dy, call) => {
      const [indices, rows] = [required(call, 1), required(call, 2)];
      return [
        scatterRows(dy, indices, fill(rows.shape, 0)),
        undefined,
        pickRows(dy, reshape(indices, [-1])),
      ];
    },
    // Without a reduction rows are copied, each by one thread: distinct indices cannot meet.
    onnx: () => ({ type: "ScatterND" }),
    samples: [
      {
        inputs: [
          { shape: [3, 2], values: [1, 1, 1, 1, 1, 1] },
          { shape: [2], dtype: "i64", values: [2, 0] },
          { shape: [2, 2], values: [1, 2, 3, 4] },
        ],
        build: (table, indices, rows) => scatterRows(table!, indices!, rows!),
        expected: [3, 4, 1, 1, 1, 2],
      },
    ],
  },
  ScatterRowsAdd: {
    types: ([table]) => [{ dtype: table!.dtype, shape: table!.shape }],
    gradient: (dy, call) => [dy, undefined, gather(dy, reshape(required(call, 1), [-1]))],
    // Danger: ONNX Runtime's ScatterND adds rows on several threads without a lock, so equal indices lose updates (3 of 4
    // runs on two threads). ScatterElements adds in one thread.
    onnx: {
      expand: (call) => {
        const [table, indices, rows] = [required(call, 0), required(call, 1), required(call, 2)];
        const width = times(...table.shape.slice(1));
        const flat = reshape(rows, [indices.shape[0]!, width]);
        const places = expand(indices, flat.shape);
        const sum = scatterElementsAdd(reshape(table, [table.shape[0]!, width]), places, flat, 0);
        return [reshape(sum, table.shape)];
      },
    },
    samples: [
      {
        inputs: [
          { shape: [3, 2], values: [1, 1, 1, 1, 1, 1] },
          { shape: [3], dtype: "i64", values: [2, 0, 2] },
          { shape: [3, 2], values: [1, 2, 3, 4, 5, 6] },
        ],
        build: (table, indices, rows) => scatterRowsAdd(table!, indices!, rows!),
        expected: [4, 5, 1, 1, 7, 9],
      },
    ],
  },
  GatherElements: {
    types: ([x, indices]) => [{ dtype: x!.dtype, shape: indices!.shape }],
    gradient: (dy, call) => {
      const [x, indices] = [required(call, 0), required(call, 1)];
      return [scatterElementsAdd(fill(x.shape, 0), indices, dy), undefined];
    },
    onnx: () => ({ type: "GatherElements", attributes: { axis: -1 } }),
    samples: [
      {
        inputs: [
          { shape: [2, 3], values: [1, 2, 3, 4, 5, 6] },
          { shape: [2, 2], dtype: "i64", values: [2, 2, 0, 1] },
        ],
        build: (x, indices) => gatherElements(x!, indices!),
        expected: [3, 3, 4, 5],
      },
    ],
  },
  ScatterElementsAdd: {
    types: ([x]) => [{ dtype: x!.dtype, shape: x!.shape }],
    gradient: (dy, call) => {
      assert(call.attributes.axis === -1, "only the lowering scatters along another axis");
      return [dy, undefined, gatherElements(dy, required(call, 1))];
    },
    onnx: ({ attributes }) => ({
      type: "ScatterElements",
      attributes: { axis: attributes.axis, reduction: "add" },
    }),
    samples: [
      {
        inputs: [
          { shape: [2, 3], values: [0, 0, 0, 1, 1, 1] },
          { shape: [2, 1], dtype: "i64", values: [2, 0] },
          { shape: [2, 1], values: [5, 7] },
        ],
        build: (x, indices, updates) => scatterElementsAdd(x!, indices!, updates!),
        expected: [0, 0, 5, 8, 1, 1],
      },
    ],
  },
};

/** Rows of a table: out[i…] = table[indices[i…]]; an embedding lookup. */
export function gather(table: Tensor, indices: Tensor): Tensor {
  check(
    indices.dtype === "i64" && table.shape.length > 0,
    "gather",
    "a table and i64 indices",
    table,
    indices,
  );
  return apply("GatherRows", indexing.GatherRows, [table, indices]);
}

/** Rows of a table at distinct indices [M]; the derivative of `gather` has to expect equal ones, and takes far longer. */
export function pickRows(table: Tensor, indices: Tensor): Tensor {
  check(
    indices.dtype === "i64" && indices.shape.length === 1 && table.shape.length > 0,
    "pickRows",
    "a table and i64 indices [M]",
    table,
    indices,
  );
  return apply("PickRows", indexing.PickRows, [table, indices]);
}

/** The table with rows [M, …] in place of those at distinct indices [M] or [M,1]. */
function scatterRows(table: Tensor, indices: Tensor, rows: Tensor): Tensor {
  const column = indices.shape.length === 2 ? indices : reshape(indices, [-1, 1]);
  return apply("ScatterRows", indexing.ScatterRows, [table, column, rows]);
}

/** The table with each row added at its index; equal indices add up. Rows have the shape [...indices, ...table[1:]]. */
export function scatterRowsAdd(table: Tensor, indices: Tensor, rows: Tensor): Tensor {
  const count =
    indices.shape.length === 2 && indices.shape[1] === 1 ? indices : reshape(indices, [-1, 1]);
  const flat = reshape(rows, [count.shape[0]!, ...table.shape.slice(1)]);
  return apply("ScatterRowsAdd", indexing.ScatterRowsAdd, [table, count, flat]);
}

/** out[…, j] = x[…, indices[…, j]] along the last axis. */
export function gatherElements(x: Tensor, indices: Tensor): Tensor {
  check(
    indices.dtype === "i64" && x.shape.length === indices.shape.length,
    "gatherElements",
    "i64 indices of the same rank",
    x,
    indices,
  );
  return apply("GatherElements", indexing.GatherElements, [x, indices]);
}

/** x with updates added at indices along an axis, the last unless told; equal indices add up. */
export function scatterElementsAdd(x: Tensor, indices: Tensor, updates: Tensor, axis = -1): Tensor {
  check(
    indices.dtype === "i64" && x.shape.length === indices.shape.length,
    "scatterElementsAdd",
    "i64 indices of the same rank",
    x,
    indices,
    updates,
  );
  return apply("ScatterElementsAdd", indexing.ScatterElementsAdd, [x, indices, updates], { axis });
}
