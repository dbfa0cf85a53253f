/** Checks of a program before it is handed to an interpreter: nothing of it is dropped or guessed later. */
import { HoneError } from "../core/errors.ts";
import { isObject, type JsonValue } from "../core/json.ts";
import { checkOptions, type OptionNames } from "../core/known-options.ts";
import type { OptionChecks } from "../core/option-checks.ts";
import { shownValue } from "../core/shown-value.ts";
import type { SandboxEntry, SandboxLimits, SandboxProgram } from "../ports/sandbox.ts";
import { completeLimits, limitNames } from "./limits.ts";
import { workPath } from "./work-path.ts";

/** A program with everything filled in, as it travels to an interpreter. */
export interface CheckedProgram {
  readonly code: string;
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly stdin: string;
  readonly entry: Required<SandboxEntry> | undefined;
  readonly limits: SandboxLimits;
  readonly seed: number;
  readonly now: number;
}

/** The clock of programs that are given no other: 2026-01-01T00:00:00Z. */
const defaultNow = Date.UTC(2026, 0, 1);

/** The fields of a program, so far as their own fields have fixed names. */
interface ProgramFields {
  readonly code: string;
  readonly files?: unknown;
  readonly stdin?: string;
  readonly entry?: { readonly function: string; readonly arguments?: unknown };
  readonly limits?: Partial<SandboxLimits>;
  readonly seed?: number;
  readonly now?: number;
}

const names: OptionNames<ProgramFields> = {
  code: true,
  files: true,
  stdin: true,
  entry: { function: true, arguments: true },
  limits: limitNames,
  seed: true,
  now: true,
};

/** The latest moment that JavaScript's `Date` knows. */
const maxDateMs = 8.64e15;

/**
 * A program with its defaults.
 *
 * @param where    the sandbox's function, named by errors
 * @param highest  the limits of the sandbox
 * @throws OPTION_INVALID, SANDBOX_FILE_INVALID
 */
export function checkProgram(
  where: string,
  program: SandboxProgram,
  { check, highest }: { readonly check: OptionChecks; readonly highest: SandboxLimits },
): CheckedProgram {
  checkOptions<ProgramFields>(where, program, names);
  const { files = {} } = program;
  if (!isObject(files)) throw check.invalid("files", files, "an object of texts or bytes by path");
  if (typeof program.code !== "string") throw check.invalid("code", program.code, "a text");
  if (program.stdin !== undefined && typeof program.stdin !== "string")
    throw check.invalid("stdin", program.stdin, "a text");
  const limits = completeLimits(check, program.limits ?? {}, { otherwise: highest, highest });
  return {
    code: program.code,
    files: checkFiles(files, limits),
    stdin: program.stdin ?? "",
    entry: program.entry === undefined ? undefined : checkEntry(check, program.entry),
    limits,
    seed: check.whole("seed", program.seed ?? 0, { min: 0, max: 2 ** 32 - 1 }),
    now: check.whole("now", program.now ?? defaultNow, { min: 0, max: maxDateMs }),
  };
}

function checkEntry(check: OptionChecks, entry: SandboxEntry): Required<SandboxEntry> {
  const { function: name, arguments: given = [] } = entry;
  if (typeof name !== "string" || !/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name))
    throw check.invalid("entry.function", name, "the name of a function");
  if (!Array.isArray(given)) throw check.invalid("entry.arguments", given, "a list of JSON values");
  given.forEach((value, index) => {
    if (!isJson(value)) throw check.invalid(`entry.arguments[${index}]`, value, "a JSON value");
  });
  return { function: name, arguments: given };
}

function isJson(value: unknown, above: readonly unknown[] = []): value is JsonValue {
  if (value === null || typeof value === "string" || typeof value === "boolean") return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || above.includes(value) || above.length > 500) return false;
  const inside = [...above, value];
  if (Array.isArray(value)) return value.every((part) => isJson(part, inside));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  return Object.values(value).every((part) => isJson(part, inside));
}

function checkFiles(
  files: Readonly<Record<string, unknown>>,
  limits: SandboxLimits,
): ReadonlyMap<string, Uint8Array> {
  const checked = new Map<string, Uint8Array>();
  let bytes = 0;
  for (const [name, content] of Object.entries(files)) {
    const refuse = (problem: string) =>
      new HoneError("SANDBOX_FILE_INVALID", { file: shownValue(name), problem });
    if (workPath(name) !== name)
      throw refuse(
        'its path must be relative, without empty parts, ".", ".." or null bytes, of at most 1024 characters',
      );
    if (typeof content !== "string" && !(content instanceof Uint8Array))
      throw refuse(`its content is ${shownValue(content)} and neither a text nor bytes`);
    const data = typeof content === "string" ? new TextEncoder().encode(content) : content;
    bytes += data.byteLength;
    if (checked.size === limits.fileCount)
      throw refuse(`the sandbox takes ${limits.fileCount} files (limits.fileCount)`);
    if (bytes > limits.fileBytes)
      throw refuse(
        `with it all files are larger than ${limits.fileBytes} bytes (limits.fileBytes)`,
      );
    checked.set(name, data);
  }
  for (const name of checked.keys()) {
    const folder = name.split("/").map((_, index, parts) => parts.slice(0, index).join("/"));
    const file = folder.find((path) => checked.has(path));
    if (file === undefined) continue;
    const problem = `${shownValue(file)} is a file and cannot be its folder`;
    throw new HoneError("SANDBOX_FILE_INVALID", { file: shownValue(name), problem });
  }
  return checked;
}
