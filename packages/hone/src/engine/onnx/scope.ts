/**
 * Where nodes are written: the graph itself, or the body of a loop inside it. Keeps names, shared constants, and where
 * each symbol of a shape can be read.
 */
import { assert } from "../../core/errors.ts";
import type { Lowering, OnnxAttribute } from "../../tensor/ops/op.ts";
import { arrayOf } from "../../tensor/ops/sources.ts";
import type { CallOf, Tensor } from "../../tensor/call.ts";
import {
  divide,
  monomial,
  type Dim,
  type DType,
  type Shape,
  type TypedArray,
} from "../../tensor/shape.ts";
import type { AttributeValue, GraphProto, NodeProto, TensorProto } from "./proto.ts";

interface Carrier {
  readonly name: string;
  readonly shape: Shape;
}

/** What the graph and its bodies share. */
interface Shared {
  next: number;
  readonly initializers: TensorProto[];
  readonly constants: Map<string, string>;
}

const SHARED_BYTES = 256;

export class Scope implements Lowering {
  readonly nodes: NodeProto[] = [];
  readonly #names = new Map<Tensor, string>();
  readonly #dimensions = new Map<string, string>();
  readonly #carriers: readonly Carrier[];
  readonly #outer: Scope | undefined;
  readonly #shared: Shared;

  constructor(carriers: readonly Carrier[], outer?: Scope) {
    this.#carriers = carriers;
    this.#outer = outer;
    this.#shared =
      outer === undefined ? { next: 0, initializers: [], constants: new Map() } : outer.#shared;
  }

  get initializers(): readonly TensorProto[] {
    return this.#shared.initializers;
  }

  /** A scope for a loop's body: it sees this one's names, and its parameters carry symbols of their own. */
  nested(parameters: readonly Tensor[]): Scope {
    const carriers = parameters.map((tensor) => ({
      name: this.#fresh("parameter"),
      shape: tensor.shape,
    }));
    const inner = new Scope(carriers, this);
    parameters.forEach((tensor, i) => inner.bind(tensor, carriers[i]!.name));
    return inner;
  }

  bind(tensor: Tensor, name: string): void {
    this.#names.set(tensor, name);
  }

  isBound(tensor: Tensor): boolean {
    return this.#names.has(tensor);
  }

  name(tensor: Tensor | undefined): string {
    if (tensor === undefined) return "";
    const name = this.#names.get(tensor) ?? this.#outer?.name(tensor);
    assert(name !== undefined, `${tensor.call.op} is used before it is written`);
    return name;
  }

  /** Gives a name to the tensor that a node will write. */
  nameOutput(tensor: Tensor): string {
    const known = this.#names.get(tensor);
    if (known !== undefined) return known;
    const name = this.#fresh(tensor.call.op);
    this.bind(tensor, name);
    return name;
  }

  /** A result of a body: always a name of its own, since a body must produce what it returns. */
  copyOf(tensor: Tensor): string {
    return this.#emit("Identity", [this.name(tensor)]);
  }

  write(
    type: string,
    inputs: readonly string[],
    outputs: readonly string[],
    domain = "",
    attributes: Readonly<Record<string, OnnxAttribute | GraphProto>> = {},
  ): void {
    const written: Readonly<Record<string, AttributeValue>> = attributes;
    this.nodes.push({ type, domain, name: outputs[0]!, inputs, outputs, attributes: written });
  }

  integers(values: readonly number[]): string {
    return this.values(arrayOf("i64", values), "i64", [values.length]);
  }

  scalar(value: number, dtype: DType): string {
    return this.values(arrayOf(dtype, [value]), dtype, []);
  }

  /** A constant; small equal ones are written once. */
  values(values: TypedArray, dtype: DType, dims: readonly number[]): string {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const key =
      bytes.length <= SHARED_BYTES
        ? `${dtype}[${dims.join(",")}]${Buffer.from(bytes).toString("hex")}`
        : undefined;
    const known = key === undefined ? undefined : this.#shared.constants.get(key);
    if (known !== undefined) return known;
    const name = this.#fresh("constant");
    this.#shared.initializers.push({ name, dtype, dims, data: bytes });
    if (key !== undefined) this.#shared.constants.set(key, name);
    return name;
  }

  /** A constant whose bytes stay in a file beside the model. */
  file({ attributes }: CallOf<"External">): string {
    const { name, dtype, shape: dims, location, offset, length } = attributes;
    this.#shared.initializers.push({ name, dtype, dims, data: { location, offset, length } });
    return name;
  }

  shape(shape: Shape, options: { infer: boolean } = { infer: false }): string {
    if (this.#outer !== undefined && !this.#isLocal(shape))
      return this.#outer.shape(shape, options);
    const { infer } = options;
    const open =
      infer && !shape.includes(0) ? shape.findLastIndex((dim) => typeof dim === "string") : -1;
    const asked = shape.map((dim, i) => (i === open ? -1 : dim));
    if (asked.every((dim) => typeof dim === "number")) return this.integers(asked);
    const key = `[${asked.join(",")}]`;
    return this.#remember(key, () => {
      const parts = asked.map((dim) =>
        typeof dim === "number" ? this.integers([dim]) : this.#size(dim),
      );
      return { type: "Concat", inputs: parts, attributes: { axis: 0 } };
    });
  }

  dimension(dim: Dim): string {
    if (typeof dim === "number") return this.scalar(dim, "i64");
    if (this.#outer !== undefined && !this.#isLocal([dim])) return this.#outer.dimension(dim);
    return this.#remember(`scalar ${dim}`, () => ({
      type: "Reshape",
      inputs: [this.#size(dim), this.integers([])],
    }));
  }

  /** A dimension as an i64 tensor of one element. */
  #size(dim: string): string {
    if (this.#outer !== undefined && !this.#isLocal([dim])) return this.#outer.#size(dim);
    return this.#remember(dim, () => {
      const carrier = this.#find(dim);
      if (carrier !== undefined)
        return {
          type: "Shape",
          inputs: [carrier.name],
          attributes: { start: carrier.axis, end: carrier.axis + 1 },
        };
      const { coefficient, symbols } = monomial(dim);
      if (symbols.length === 1 && coefficient === 1) return this.#fromMultiple(symbols[0]!);
      const [first, ...rest] = [
        ...symbols.map((symbol) => this.#size(symbol)),
        ...(coefficient === 1 ? [] : [this.integers([coefficient])]),
      ];
      const last = rest.pop()!;
      return {
        type: "Mul",
        inputs: [
          rest.reduce((product, factor) => this.#emit("Mul", [product, factor]), first!),
          last,
        ],
      };
    });
  }

  /** A symbol that only occurs times a number: that dimension divided by it. */
  #fromMultiple(symbol: string): Recipe {
    for (const { name, shape } of this.#allCarriers()) {
      for (const [axis, dim] of shape.entries()) {
        const factor = divide(dim, symbol);
        if (typeof factor !== "number" || factor === 0) continue;
        const size = this.#emit("Shape", [name], { start: axis, end: axis + 1 });
        return { type: "Div", inputs: [size, this.integers([factor])] };
      }
    }
    assert(false, `no input carries the symbol ${symbol}`);
  }

  #allCarriers(): readonly Carrier[] {
    return this.#outer === undefined
      ? this.#carriers
      : [...this.#carriers, ...this.#outer.#allCarriers()];
  }

  #find(dim: string): { name: string; axis: number } | undefined {
    for (const { name, shape } of this.#carriers) {
      const axis = shape.indexOf(dim);
      if (axis >= 0) return { name, axis };
    }
    return undefined;
  }

  /** Whether a symbol of these dimensions is one that only this body's parameters carry; others are read outside. */
  #isLocal(dims: Shape): boolean {
    const outside = new Set(
      this.#outer!.#allCarriers().flatMap((carrier) => carrier.shape.flatMap(symbolsOf)),
    );
    return dims.flatMap(symbolsOf).some((symbol) => !outside.has(symbol));
  }

  #remember(key: string, make: () => Recipe): string {
    const known = this.#dimensions.get(key);
    if (known !== undefined) return known;
    const { type, inputs, attributes } = make();
    const name = this.#emit(type, inputs, attributes);
    this.#dimensions.set(key, name);
    return name;
  }

  #emit(
    type: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): string {
    const name = this.#fresh(type);
    this.write(type, inputs, [name], "", attributes);
    return name;
  }

  #fresh(word: string): string {
    return `${word}:${this.#shared.next++}`;
  }
}

const symbolsOf = (dim: Dim): readonly string[] => monomial(dim).symbols;

interface Recipe {
  readonly type: string;
  readonly inputs: readonly string[];
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
}
