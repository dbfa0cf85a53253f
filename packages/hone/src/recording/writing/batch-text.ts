/** Batches on their way from the sink to a store: one JSON text of a `TraceBatch`, in pieces. */
import type { TraceBatch } from "../../ports/trace-store.ts";
import type { WaitingItem } from "./waiting-items.ts";

/** The JSON text of a TraceBatch in pieces, which are copied one by one: joining them first would cost another copy. */
export type BatchText = readonly string[];

/** The batch of these heads and spans. */
export function batchText(items: readonly WaitingItem[]): BatchText {
  const pieces = ['{"heads":['];
  const addAll = (kind: WaitingItem["kind"]): void => {
    let before = "";
    for (const item of items) {
      if (item.kind !== kind) continue;
      if (before !== "") pieces.push(before);
      pieces.push(item.text);
      before = ",";
    }
  };
  addAll("head");
  pieces.push('],"spans":[');
  addAll("span");
  pieces.push("]}");
  return pieces;
}

export const readBatch = (text: BatchText): TraceBatch => JSON.parse(text.join("")) as TraceBatch;
