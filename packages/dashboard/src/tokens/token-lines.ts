/** The tokens of a row in pieces that a browser can lay out one by one, so that a rollout of 32,000 tokens stays quick. */
import type { TokenRow } from "./colours.ts";

/** Tokens one after the other of one part of a row. */
export interface TokenPiece {
  readonly start: number;
  readonly end: number;
  readonly part: TokenRow["parts"][number];
  /** Whether the part begins here. */
  readonly isFirst: boolean;
}

/** A piece ends at a line end once it has so many tokens, and anywhere once it has so many more. */
const [WANTED, MOST] = [120, 400];

/** The pieces of a row, in order. */
export function piecesOf({ parts, texts }: Pick<TokenRow, "parts" | "texts">): TokenPiece[] {
  return parts.flatMap((part) => {
    const pieces: TokenPiece[] = [];
    let start = part.start;
    for (let t = part.start; t < part.end; t++) {
      const length = t + 1 - start;
      const isEnd = length >= MOST || (length >= WANTED && texts[t]!.includes("\n"));
      if (!isEnd && t + 1 < part.end) continue;
      pieces.push({ start, end: t + 1, part, isFirst: start === part.start });
      start = t + 1;
    }
    return pieces;
  });
}

/** A token's text with its white space to be seen: a line end shows a mark before it. */
export const shownToken = (text: string): string => text.replaceAll("\n", "↵\n");
