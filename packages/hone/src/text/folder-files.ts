/** Reads text files of a Hugging Face model folder. A missing file is undefined; a malformed file is an error that names it. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { HoneError, messageOf } from "../core/errors.ts";
import { isObject, type JsonObject } from "../core/json.ts";

/** Refuses bytes that are not UTF-8, which would otherwise become replacement characters without a word. */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The text of a file, or undefined when there is no such file.
 * @throws TOKENIZER_INVALID when it cannot be read or is not UTF-8
 */
export async function readOptionalText(folder: string, name: string): Promise<string | undefined> {
  try {
    return utf8.decode(await readFile(join(folder, name)));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new HoneError(
      "TOKENIZER_INVALID",
      { file: join(folder, name), problem: messageOf(error) },
      { cause: error },
    );
  }
}

/** The names of a folder's files, sorted; empty when there is no such folder. */
export async function readOptionalFolder(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw new HoneError(
      "TOKENIZER_INVALID",
      { file: folder, problem: messageOf(error) },
      { cause: error },
    );
  }
}

/**
 * The JSON object in a file, or undefined when there is no such file.
 * @throws TOKENIZER_INVALID when the file is not JSON or not an object
 */
export async function readOptionalJson(
  folder: string,
  name: string,
): Promise<JsonObject | undefined> {
  const text = await readOptionalText(folder, name);
  return text === undefined ? undefined : parseObject(text, join(folder, name));
}

function parseObject(text: string, file: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new HoneError("TOKENIZER_INVALID", { file, problem: messageOf(error) }, { cause: error });
  }
  if (!isObject(value)) {
    throw new HoneError("TOKENIZER_INVALID", { file, problem: "it is not a JSON object" });
  }
  return value;
}
