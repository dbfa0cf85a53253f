/** How long texts of a set are: in tokens of a model, or in characters. */
import type { OnProgress } from "../../core/progress.ts";
import { openTokenizer } from "../../text/tokenizer.ts";
import { findModel } from "../models/find-model.ts";

/** Counts texts. */
export interface TextMeasure {
  /** What is counted, for cards: "characters", "tokens of Qwen/Qwen3-0.6B". */
  readonly unit: string;
  readonly lengthOf: (text: string) => number;
}

/**
 * @param model  a folder, a run or an id, whose tokenizer counts; undefined: characters (UTF-16 code units)
 * @throws as `findModel` and `openTokenizer`
 */
export async function openMeasure(
  model: string | undefined,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress: OnProgress },
): Promise<TextMeasure> {
  if (model === undefined) return { unit: "characters", lengthOf: (text) => text.length };
  const { folder } = await findModel(model, { signal, onProgress });
  const tokenizer = await openTokenizer(folder);
  return { unit: `tokens of ${model}`, lengthOf: (text) => tokenizer.encode(text).length };
}
