/**
 * One ONNX Runtime session for one tensor program: named arrays in, named arrays out.
 *
 * `run` occupies the thread it is called on until the numbers are there. Inputs are read in place; outputs are copied
 * out unless a place for them is given, which may be the memory of an input where the graph orders reading before
 * writing (see `tensor/gradient.ts`).
 */
import { writeFile } from "node:fs/promises";
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { HoneError, messageOf } from "../../core/errors.ts";
import type { Program } from "../../tensor/program.ts";
import type { DType, TypedArray } from "../../tensor/shape.ts";
import { toOnnx, type LowerOptions } from "../onnx/lower.ts";
import { checkFeeds } from "./feeds.ts";

/** Numbers with their shape. The same object given again costs nothing to bind. */
export interface Value {
  readonly data: TypedArray;
  readonly shape: readonly number[];
}
export type Feeds = Readonly<Record<string, Value>>;
/** Which outputs to fetch; a value is the memory to write to. */
export type Fetches = Readonly<Record<string, Value | undefined>>;

export interface SessionOptions extends LowerOptions {
  /** Threads of matrix products and the like. */
  readonly threads?: number;
  /** Where to write the model file, needed when weights are external data: locations are relative to it. */
  readonly modelPath?: string;
  /** Writes ONNX Runtime's profile to a file that starts with this. */
  readonly profilePrefix?: string;
  /** false trades memory for a little time; see ONNX Runtime's "memory pattern". */
  readonly memoryPattern?: boolean;
  /** Whether threads wait for work by spinning: faster on idle cores, much slower when other processes use them. */
  readonly spinning?: boolean;
}

export interface Session {
  readonly program: Program;
  /**
   * @param fetches outputs to compute; all of them, into new memory, when left out
   * @throws FEED_INVALID when an input is missing, unknown, of another type or of a shape that contradicts another's;
   *         RUNTIME_FAILED when the runtime refuses; ENGINE_CLOSED after release
   */
  run(feeds: Feeds, fetches?: Fetches): Promise<Record<string, Value>>;
  /** Waits for the run in progress and gives the memory back. */
  release(): Promise<void>;
}

const ortTypes = {
  f32: "float32",
  i64: "int64",
  i32: "int32",
  u32: "uint32",
  i8: "int8",
  u8: "uint8",
  bool: "bool",
} as const satisfies Record<DType, OrtTensor.Type>;

/** @throws RUNTIME_FAILED when the graph is refused; DEPENDENCY_MISSING when onnxruntime-node is not installed */
export async function openSession(
  program: Program,
  options: SessionOptions = {},
): Promise<Session> {
  const ort = await loadRuntime();
  const bytes = toOnnx(program, options);
  if (options.modelPath !== undefined) await writeFile(options.modelPath, bytes);
  const native = await reported(program, () =>
    options.modelPath === undefined
      ? ort.InferenceSession.create(bytes, nativeOptions(options))
      : ort.InferenceSession.create(options.modelPath, nativeOptions(options)),
  );
  return new NativeSession(program, native, ort.Tensor);
}

class NativeSession implements Session {
  readonly program: Program;
  readonly #native: InferenceSession;
  readonly #Tensor: typeof OrtTensor;
  readonly #bound = new WeakMap<Value, OrtTensor>();
  #pending: Promise<unknown> = Promise.resolve();
  #isReleased = false;

  constructor(program: Program, native: InferenceSession, Tensor: typeof OrtTensor) {
    this.program = program;
    this.#native = native;
    this.#Tensor = Tensor;
  }

  async run(feeds: Feeds, fetches?: Fetches): Promise<Record<string, Value>> {
    if (this.#isReleased)
      throw new HoneError("ENGINE_CLOSED", { what: `run of ${this.program.name}` });
    checkFeeds(this.program, feeds);
    const wanted =
      fetches ??
      Object.fromEntries(Object.keys(this.program.outputs).map((name) => [name, undefined]));
    const inputs = Object.fromEntries(
      Object.entries(this.program.inputs).map(([name, { dtype }]) => [
        name,
        this.#bind(feeds[name]!, dtype),
      ]),
    );
    const targets = Object.fromEntries(
      Object.entries(wanted).map(([name, value]) => [
        name,
        value === undefined ? null : this.#bind(value, this.program.outputs[name]!.dtype),
      ]),
    );
    const running = reported(this.program, () => this.#native.run(inputs, targets));
    this.#pending = running.catch(() => undefined);
    const results = await running;
    return Object.fromEntries(
      Object.keys(wanted).map((name) => {
        const { data, dims } = results[name]!;
        return [name, wanted[name] ?? { data: data as TypedArray, shape: dims }];
      }),
    );
  }

  async release(): Promise<void> {
    if (this.#isReleased) return;
    this.#isReleased = true;
    await this.#pending;
    await this.#native.release();
  }

  #bind(value: Value, dtype: DType): OrtTensor {
    const known = this.#bound.get(value);
    if (known !== undefined) return known;
    const tensor = new this.#Tensor(ortTypes[dtype], value.data, value.shape);
    this.#bound.set(value, tensor);
    return tensor;
  }
}

function nativeOptions({
  threads,
  profilePrefix,
  memoryPattern = false,
  spinning = true,
}: SessionOptions): InferenceSession.SessionOptions {
  return {
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    ...(profilePrefix === undefined
      ? {}
      : { enableProfiling: true, profileFilePrefix: profilePrefix }),
    enableMemPattern: memoryPattern,
    // Errors only: warnings of the runtime are about our graphs, not about the user's data.
    logSeverityLevel: 3,
    // Threads of an idle session would otherwise spin against those of the busy one.
    extra: {
      session: {
        force_spinning_stop: "1",
        intra_op: { allow_spinning: spinning ? "1" : "0" },
      },
    },
  };
}

async function loadRuntime(): Promise<typeof import("onnxruntime-node")> {
  try {
    return await import("onnxruntime-node");
  } catch (cause) {
    throw new HoneError(
      "DEPENDENCY_MISSING",
      { name: "onnxruntime-node", problem: messageOf(cause) },
      { cause },
    );
  }
}

async function reported<T>(program: Program, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    throw new HoneError(
      "RUNTIME_FAILED",
      { program: program.name, problem: messageOf(cause) },
      { cause },
    );
  }
}
