/** Reads the text files of a Hugging Face model folder: absent is undefined, malformed is an error that names the file. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { HoneError, messageOf } from "../core/errors.ts";
import { isObject, type JsonObject } from "../core/json.ts";

/** The file's text, or undefined where there is no such file. */
export async function readOptionalText(folder: string, name: string): Promise<string | undefined> {
  try {
    return await readFile(join(folder, name), "utf8");
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

/**
 * The file as a JSON object, or undefined where there is no such file.
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
