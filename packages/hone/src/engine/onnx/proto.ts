/**
 * ONNX files, as far as we write them: messages as plain data and their bytes.
 *
 * Field numbers are those of onnx.proto (ONNX 1.16, IR version 10). Tensors keep their values as raw little-endian
 * bytes or point into a file beside the model (external data); a file stops at 2 GB without the latter.
 */
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { Dim, DType } from "../../tensor/shape.ts";
import { onnxTypes } from "../../tensor/ops/elementwise.ts";

/** The operator sets and the file version we write. They change here and nowhere else. */
const versions = { ir: 10, onnx: 20, microsoft: 1 } as const;

export type AttributeValue =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | GraphProto;

export interface NodeProto {
  readonly type: string;
  readonly domain: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

export interface TensorProto {
  readonly name: string;
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly data:
    | Uint8Array
    | { readonly location: string; readonly offset: number; readonly length: number };
}

export interface ValueInfo {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly Dim[];
}

export interface GraphProto {
  readonly name: string;
  readonly nodes: readonly NodeProto[];
  readonly initializers: readonly TensorProto[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
}

/** The bytes of a model file. */
export function encodeModel(graph: GraphProto): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.Varint).int64(versions.ir);
  writer.tag(2, WireType.LengthDelimited).string("hone");
  message(writer, 7, (inner) => writeGraph(inner, graph));
  for (const [domain, version] of [
    ["", versions.onnx],
    ["com.microsoft", versions.microsoft],
  ] as const) {
    message(writer, 8, (inner) => {
      text(inner, 1, domain);
      inner.tag(2, WireType.Varint).int64(version);
    });
  }
  return writer.finish();
}

function message(writer: BinaryWriter, field: number, write: (inner: BinaryWriter) => void): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  write(writer);
  writer.join();
}

const text = (writer: BinaryWriter, field: number, value: string): BinaryWriter =>
  writer.tag(field, WireType.LengthDelimited).string(value);

function writeGraph(writer: BinaryWriter, graph: GraphProto): void {
  for (const node of graph.nodes) message(writer, 1, (inner) => writeNode(inner, node));
  text(writer, 2, graph.name);
  for (const tensor of graph.initializers)
    message(writer, 5, (inner) => writeTensor(inner, tensor));
  for (const value of graph.inputs) message(writer, 11, (inner) => writeValueInfo(inner, value));
  for (const value of graph.outputs) message(writer, 12, (inner) => writeValueInfo(inner, value));
}

function writeNode(writer: BinaryWriter, node: NodeProto): void {
  for (const name of node.inputs) text(writer, 1, name);
  for (const name of node.outputs) text(writer, 2, name);
  text(writer, 3, node.name);
  text(writer, 4, node.type);
  for (const [name, value] of Object.entries(node.attributes)) {
    message(writer, 5, (inner) => writeAttribute(inner, name, value));
  }
  if (node.domain !== "") text(writer, 7, node.domain);
}

const attributeTypes = { float: 1, int: 2, string: 3, graph: 5, ints: 7 } as const;

function writeAttribute(writer: BinaryWriter, name: string, value: AttributeValue): void {
  text(writer, 1, name);
  const kind = (type: keyof typeof attributeTypes): BinaryWriter =>
    writer.tag(20, WireType.Varint).int32(attributeTypes[type]);
  if (typeof value === "number") kind("int").tag(3, WireType.Varint).int64(value);
  else if (typeof value === "string") text(kind("string"), 4, value);
  else if ("float" in value) kind("float").tag(2, WireType.Bit32).float(value.float);
  else if ("nodes" in value) message(kind("graph"), 6, (inner) => writeGraph(inner, value));
  else {
    kind("ints");
    for (const entry of value) writer.tag(8, WireType.Varint).int64(entry);
  }
}

function writeTensor(writer: BinaryWriter, { name, dtype, dims, data }: TensorProto): void {
  for (const dim of dims) writer.tag(1, WireType.Varint).int64(dim);
  writer.tag(2, WireType.Varint).int32(onnxTypes[dtype]);
  text(writer, 8, name);
  if (data instanceof Uint8Array) {
    writer.tag(9, WireType.LengthDelimited).bytes(data);
    return;
  }
  for (const [key, value] of Object.entries(data)) {
    message(writer, 13, (inner) => text(text(inner, 1, key), 2, String(value)));
  }
  writer.tag(14, WireType.Varint).int32(1);
}

function writeValueInfo(writer: BinaryWriter, { name, dtype, shape }: ValueInfo): void {
  text(writer, 1, name);
  const dimensions = (inner: BinaryWriter): void => {
    for (const dim of shape) {
      message(inner, 1, (one) =>
        typeof dim === "number" ? one.tag(1, WireType.Varint).int64(dim) : text(one, 2, dim),
      );
    }
  };
  message(writer, 2, (type) =>
    message(type, 1, (tensor) => {
      tensor.tag(1, WireType.Varint).int32(onnxTypes[dtype]);
      message(tensor, 2, dimensions);
    }),
  );
}
