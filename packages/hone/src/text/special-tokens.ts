/** The named special tokens of a Hugging Face folder: `bos_token`, `eos_token` and the others that templates may name. */
import { isObject, type JsonObject } from "../core/json.ts";
import { readOptionalJson } from "./folder-files.ts";

/**
 * The special tokens by name, as `transformers` gives them to a chat template.
 *
 * They stand in tokenizer_config.json. A folder whose tokenizer_config.json has no `added_tokens_decoder` was saved by an
 * older version, which kept them in special_tokens_map.json; its entries then win. Each entry is a text, or an object with
 * the text as `content`. A model's own tokens, such as `image_token`, are entries of either file or of
 * `extra_special_tokens`.
 * @throws TOKENIZER_INVALID when a file is not JSON
 */
export async function readSpecialTokens(folder: string): Promise<Record<string, string>> {
  const config = (await readOptionalJson(folder, "tokenizer_config.json")) ?? {};
  const isOld = config["added_tokens_decoder"] === undefined;
  const map = isOld ? await readOptionalJson(folder, "special_tokens_map.json") : undefined;
  return namedTokens({ ...config, ...map });
}

function namedTokens(entries: JsonObject): Record<string, string> {
  const named = Object.entries(entries).filter(([name]) => name.endsWith("_token"));
  const ofTheModel = ["model_specific_special_tokens", "extra_special_tokens"].flatMap((key) => {
    const own = entries[key];
    return isObject(own) ? Object.entries(own) : [];
  });
  const texts = [...named, ...ofTheModel].map(([name, value]) => [
    name,
    isObject(value) ? value["content"] : value,
  ]);
  return Object.fromEntries(texts.filter(([, text]) => typeof text === "string"));
}
