/**
 * File formats: each has a name, a version and a schema.
 *
 * A JSON file has name and version as its first keys, a JSON Lines file in its first line, so that a reader knows the
 * format before it reads a field. A version that this build does not know is an error. The schema library is not loaded here,
 * because recorded programs write a format without ever checking one.
 */
import type { z } from "zod";
import { HoneError, messageOf } from "../core/errors.ts";

/** A format of files. */
export interface Format<T> {
  /** For example "hone.run". */
  readonly name: string;
  readonly version: number;
  /** One file's content, or one row of a JSON Lines file. */
  readonly schema: z.ZodType<T>;
}

/** Makes a format from its parts. */
export function defineFormat<T>(name: string, version: number, schema: z.ZodType<T>): Format<T> {
  return Object.freeze({ name, version, schema });
}

/** The text of a JSON file of this format. */
export function writeFormat<T>(format: Format<T>, content: T): string {
  const header = { format: format.name, version: format.version };
  return `${JSON.stringify({ ...header, ...content }, jsonValue, 2)}\n`;
}

/** The first line of a JSON Lines file of this format. */
export function writeHeader(format: Pick<Format<unknown>, "name" | "version">): string {
  return `${JSON.stringify({ format: format.name, version: format.version })}\n`;
}

/** One row of a JSON Lines file, with its line end. */
export function writeRow(row: unknown): string {
  return `${JSON.stringify(row, jsonValue)}\n`;
}

/**
 * Reads a JSON file of this format.
 * @param file  path of the file, for errors
 * @throws FORMAT_UNKNOWN_VERSION for another version; FILE_DAMAGED for text that is no such file
 */
export function readFormat<T>(format: Format<T>, text: string, file: string): T {
  const { format: name, version, ...content } = parseObject(text, file);
  checkHeader(format, name, version, file);
  return checkContent(format, content, file);
}

/** Reads the rows of a JSON Lines file of this format, without its header. Throws as `readFormat` does. */
export function readRows<T>(format: Format<T>, text: string, file: string): T[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  const [header, ...rows] = lines;
  if (header === undefined) throw new HoneError("FILE_DAMAGED", { file, problem: "it is empty" });
  const { format: name, version } = parseObject(header, file, 1);
  checkHeader(format, name, version, file);
  return rows.map((line, i) => {
    const row = parseObject(line, file, i + 2);
    return checkContent(format, row, `${file}:${i + 2}`);
  });
}

function parseObject(text: string, file: string, line?: number): Record<string, unknown> {
  const where = line === undefined ? file : `${file}:${line}`;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const problem = `it is not JSON (${messageOf(error)})`;
    throw new HoneError("FILE_DAMAGED", { file: where, problem }, { cause: error });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new HoneError("FILE_DAMAGED", { file: where, problem: "it holds no JSON object" });
  }
  return value as Record<string, unknown>;
}

function checkHeader(format: Format<unknown>, name: unknown, version: unknown, file: string): void {
  if (name !== format.name) {
    const found = name === undefined ? "no format" : `format ${JSON.stringify(name)}`;
    const problem = `it has ${found} where "${format.name}" is expected`;
    throw new HoneError("FILE_DAMAGED", { file, problem });
  }
  if (version !== format.version) {
    throw new HoneError("FORMAT_UNKNOWN_VERSION", {
      file,
      format: format.name,
      found: version === undefined ? "none" : JSON.stringify(version),
      known: format.version,
    });
  }
}

function checkContent<T>(format: Format<T>, content: unknown, file: string): T {
  const result = format.schema.safeParse(content);
  if (result.success) return result.data;
  const problem = result.error.issues
    .slice(0, 3)
    .map(
      (issue) => `${issue.path.length === 0 ? "content" : issue.path.join(".")}: ${issue.message}`,
    )
    .join("; ");
  throw new HoneError("FILE_DAMAGED", { file, problem });
}

const isTypedArray = (value: unknown): value is NodeJS.TypedArray =>
  ArrayBuffer.isView(value) && !(value instanceof DataView);

/** For `JSON.stringify`: values that JSON has no form for, as texts and lists. */
function jsonValue(_key: string, value: unknown): unknown {
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (typeof value === "bigint") return value.toString();
  return isTypedArray(value) ? [...value] : value;
}
