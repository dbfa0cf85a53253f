/**
 * ONNX Runtime's C interface, called directly: the library of onnxruntime-node in a package for each platform
 * (docs/decisions/0023-a-package-per-platform.md), without that package's binding, which copies every output even when it is given a place to write to (docs/decisions/0007-c-interface.md).
 *
 * Danger: everything here takes raw addresses. Only session.ts and native-tensors.ts call it, with feeds and places that
 * were checked; the session keeps every array that native code reads or writes referenced until the call returns.
 *
 * @source onnxruntime_c_api.h: OrtApi is a table of functions that only ever grows at its end.
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { HoneError, messageOf } from "../../core/errors.ts";

/** An address that native code owns. */
export type Handle = bigint;

/** The version of the table that is asked for: everything used here is older. */
const API_VERSION = 17;

/** Place in the table and arguments; all of them return an OrtStatus, null on success. */
const functions = {
  createEnvironment: [3, ["int", "str", "void *"]],
  createSession: [7, ["void *", "str", "void *", "void *"]],
  createSessionOnWindows: [7, ["void *", "str16", "void *", "void *"]],
  createSessionFromArray: [8, ["void *", "void *", "size_t", "void *", "void *"]],
  run: [9, ["void *", "void *", "void *", "void *", "size_t", "void *", "size_t", "void *"]],
  createSessionOptions: [10, ["void *"]],
  disableMemoryPattern: [17, ["void *"]],
  setLogSeverity: [22, ["void *", "int"]],
  setThreads: [24, ["void *", "int"]],
  createTensorWithData: [49, ["void *", "void *", "size_t", "void *", "size_t", "int", "void *"]],
  tensorData: [51, ["void *", "void *"]],
  dimensionsCount: [61, ["void *", "void *"]],
  dimensions: [62, ["void *", "void *", "size_t"]],
  tensorTypeAndShape: [65, ["void *", "void *"]],
  createCpuMemoryInfo: [69, ["int", "int", "void *"]],
  addConfigEntry: [130, ["void *", "str", "str"]],
} as const satisfies Record<string, readonly [number, readonly string[]]>;

/** Functions of ONNX Runtime's C interface that free an object: they return no status. */
const releases = {
  releaseStatus: 93,
  releaseSession: 95,
  releaseValue: 96,
  releaseTensorTypeAndShape: 99,
  releaseSessionOptions: 100,
} as const;

const ERROR_MESSAGE = 2;

/** What is used of koffi, a foreign function interface; its platform packages are the whole of it and run no script. */
interface ForeignFunctions {
  config(settings: Readonly<Record<string, number>>): void;
  load(path: string | null): {
    func(name: string, result: string, args: readonly string[]): (...args: unknown[]) => unknown;
  };
  array(type: string, length: number): unknown;
  proto(result: string, args: readonly string[]): unknown;
  decode(address: Handle, type: unknown): unknown;
  address(bytes: NodeJS.ArrayBufferView): Handle;
  view(address: Handle, length: number): ArrayBuffer;
}

/** koffi calls native code on stacks of its own; a quarter megabyte, its default aside, is little for matrix products. */
const STACK_BYTES = 2 ** 20;

const require = createRequire(import.meta.url);
/** The npm package that holds ONNX Runtime's library for this platform. npm installs the package of no other platform. */
const packageName = `hone-rl-onnxruntime-${process.platform}-${process.arch}`;
const koffiName = `@koromix/koffi-${process.platform}-${process.arch}`;

export type Argument = Handle | number | string | null | NodeJS.ArrayBufferView;

/** Calls on this thread, or on one of Node's pool that hands the result back through the event loop. */
interface ForeignFunction {
  (...args: readonly Argument[]): unknown;
  async(...args: readonly (Argument | ((error: unknown, result: unknown) => void))[]): void;
}

/** Functions throw what the runtime says; results come through an argument that is a place to write to. */
export type OrtLibrary = Readonly<
  Record<keyof typeof functions, (...args: readonly Argument[]) => void> &
    Record<keyof typeof releases, (handle: Handle) => void>
> & {
  /** `run` on a thread of Node's pool. What it is given must stay referenced until it has ended. */
  readonly runAside: (...args: Argument[]) => Promise<void>;
  readonly environment: Handle;
  readonly memory: Handle;
  /** Where the bytes of an array are; valid as long as the array is referenced. */
  readonly addressOf: (bytes: NodeJS.ArrayBufferView) => Handle;
  /** A copy of `length` bytes of native memory. */
  readonly bytesAt: (address: Handle, length: number) => ArrayBuffer;
};

let library: OrtLibrary | undefined;

/** @throws DEPENDENCY_MISSING naming the package that is not installed or does not load here */
export function ortLibrary(): OrtLibrary {
  if (library !== undefined) return library;
  const koffi = loaded(koffiName, () => require(koffiName) as ForeignFunctions);
  library = loaded(packageName, () => loadLibrary(koffi, libraryPath()));
  return library;
}

function loaded<T>(name: string, load: () => T): T {
  try {
    return load();
  } catch (cause) {
    throw new HoneError("DEPENDENCY_MISSING", { name, problem: messageOf(cause) }, { cause });
  }
}

/** Calls a function that makes something and returns what it made. */
export function made(create: (place: BigUint64Array) => void): Handle {
  const place = new BigUint64Array(1);
  create(place);
  return place[0]!;
}

/** The library in this platform's package; in a checkout that was not built, the same file in onnxruntime-node. */
function libraryPath(): string {
  const names: Partial<Record<NodeJS.Platform, string>> = {
    darwin: "libonnxruntime.1.dylib",
    win32: "onnxruntime.dll",
  };
  const name = names[process.platform] ?? "libonnxruntime.so.1";
  const checkout = join("bin", "napi-v6", process.platform, process.arch, name);
  const places = [
    [packageName, join("lib", name)],
    ["onnxruntime-node", checkout],
  ] as const;
  for (const [of, file] of places) {
    const folder = folderOf(of);
    if (folder !== undefined && existsSync(join(folder, file))) return join(folder, file);
  }
  throw new Error("it is not installed, or has no library for this platform");
}

/** The folder of an installed package. */
function folderOf(name: string): string | undefined {
  try {
    return dirname(require.resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

function loadLibrary(native: ForeignFunctions, path: string): OrtLibrary {
  native.config({ async_stack_size: STACK_BYTES });
  stayLoaded(native, path);
  const base = native.load(path).func("OrtGetApiBase", "void *", [])() as Handle;
  const [getApi] = native.decode(base, native.array("void *", 1)) as [Handle];
  const api = (
    native.decode(getApi, native.proto("void *", ["uint32"])) as (version: number) => Handle
  )(API_VERSION);
  const length = 1 + Math.max(...Object.values(functions).map(([place]) => place));
  const table = native.decode(api, native.array("void *", length)) as Handle[];
  const at = (place: number, result: string, args: readonly string[]) =>
    native.decode(table[place]!, native.proto(result, args)) as ForeignFunction;

  const free = Object.fromEntries(
    Object.entries(releases).map(([name, place]) => [name, at(place, "void", ["void *"])]),
  ) as Record<keyof typeof releases, ForeignFunction>;
  const message = at(ERROR_MESSAGE, "str", ["void *"]);
  const check = (status: Handle | null): void => {
    if (status === null) return;
    const text = message(status) as string;
    free.releaseStatus(status);
    throw new Error(text);
  };
  const calls = Object.fromEntries(
    Object.entries(functions).map(([name, [place, args]]) => [name, at(place, "void *", args)]),
  ) as Record<keyof typeof functions, ForeignFunction>;
  const checked = Object.fromEntries(
    Object.entries(calls).map(([name, call]) => [
      name,
      (...given: readonly Argument[]) => check(call(...given) as Handle | null),
    ]),
  ) as Record<keyof typeof functions, (...args: readonly Argument[]) => void>;
  const runAside = async (...given: readonly Argument[]): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<Handle | null>();
    calls.run.async(...given, (error, status) => {
      if (error === null) resolve(status as Handle | null);
      else reject(error);
    });
    check(await promise);
  };
  return {
    ...checked,
    ...free,
    runAside,
    environment: made((place) => checked.createEnvironment(SEVERITY_ERROR, "hone", place)),
    memory: made((place) => checked.createCpuMemoryInfo(ARENA_ALLOCATOR, DEFAULT_MEMORY, place)),
    addressOf: (bytes) => native.address(bytes),
    bytesAt: (address, length) => native.view(address, length).slice(0),
  };
}

/** OrtLoggingLevel: warnings of the runtime are about our graphs, not about the user's data. */
export const SEVERITY_ERROR = 3;
/** OrtAllocatorType and OrtMemType. */
const [ARENA_ALLOCATOR, DEFAULT_MEMORY] = [1, 0];

/** RTLD_LAZY with RTLD_NODELETE. */
const openFlags: Partial<Record<NodeJS.Platform, number>> = { linux: 0x1001, darwin: 0x81 };

/**
 * Opens the library a second time and never closes it: koffi unloads its own reference with the worker that loaded it, while
 * threads of the runtime may still run code of the library.
 */
function stayLoaded(native: ForeignFunctions, path: string): void {
  const flags = openFlags[process.platform];
  const handle =
    flags === undefined
      ? native.load("kernel32.dll").func("LoadLibraryW", "void *", ["str16"])(path)
      : native.load(null).func("dlopen", "void *", ["str", "int"])(path, flags);
  if (handle === null) throw new Error(`${path} does not load`);
}
