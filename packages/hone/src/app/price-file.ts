/** A user's file of what models cost. */
import { readFileSync } from "node:fs";
import { HoneError } from "../core/errors.ts";
import { fileReason } from "../core/file-reason.ts";
import { parsedObject } from "../core/json.ts";
import { isPriceTable, type ModelPrices } from "../core/model-prices.ts";

/**
 * Reads a file of prices: `{"openai/gpt-4o-mini": {"input": 0.15, "output": 0.6}}`, in dollars per million tokens.
 * @param where  the option that names the file, for errors
 * @throws CONFIG_INVALID
 */
export function readPrices(where: string, file: string): ModelPrices {
  const read = parsedObject(readText(where, file));
  if (isPriceTable(read)) return read;
  const problem = `${file} must hold models with their prices in dollars per million tokens, such as {"openai/gpt-4o-mini": {"input": 0.15, "output": 0.6}}.`;
  throw new HoneError("CONFIG_INVALID", { where, problem });
}

/** The text of a small file that an option names. @throws CONFIG_INVALID */
export function readText(where: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const problem = `${file} cannot be read (${fileReason(cause)}).`;
    throw new HoneError("CONFIG_INVALID", { where, problem }, { cause });
  }
}
