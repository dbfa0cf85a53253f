/**
 * Makes the library cut texts at spaces where tokenizer.json says so, which it leaves out: a Metaspace pre-tokenizer with
 * `split` (the default) begins a piece at every space, so that no token holds a space behind its first character.
 */
import { isObject, type JsonObject } from "../core/json.ts";

/** tokenizer.json with every Metaspace that splits followed by the cut that the library does not make itself. */
export function splittingMetaspace(tokenizer: JsonObject): JsonObject {
  const cut = tokenizer["pre_tokenizer"];
  return isObject(cut) ? { ...tokenizer, pre_tokenizer: withCut(cut) } : tokenizer;
}

function withCut(step: JsonObject): JsonObject {
  const steps = step["pretokenizers"];
  if (step["type"] === "Sequence" && Array.isArray(steps)) {
    return { ...step, pretokenizers: steps.map((one) => (isObject(one) ? withCut(one) : one)) };
  }
  if (step["type"] !== "Metaspace" || step["split"] === false) return step;
  const space = typeof step["replacement"] === "string" ? step["replacement"] : "\u2581";
  const mark = space.replace(/[\\\]^-]/gu, "\\$&");
  const pattern = { Regex: `[${mark}][^${mark}]*|[^${mark}]+` };
  const pieces = { type: "Split", pattern, behavior: "Isolated", invert: true };
  return { type: "Sequence", pretokenizers: [step, pieces] };
}
