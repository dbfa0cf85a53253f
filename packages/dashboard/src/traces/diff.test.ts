import { expect, it } from "vitest";
import { alignSpans } from "./align-spans.ts";
import { diffText } from "./diff-text.ts";
import type { Span } from "./spans.ts";

const shown = (before: string, after: string): string =>
  diffText(before, after)
    .map(({ kind, text }) => (kind === "both" ? text : `${kind === "added" ? "+" : "-"}[${text}]`))
    .join("");

it("texts differ by words", () => {
  expect(shown("the cat sat", "the dog sat")).toBe("the -[cat ]+[dog ]sat");
  expect(shown("same", "same")).toBe("same");
  expect(shown("", "new words")).toBe("+[new words]");
});

it("long texts differ by lines", () => {
  const lines = Array.from({ length: 300 }, (_, i) => `line ${i} of ten words or so in all here\n`);
  const after = lines.with(7, "another line\n");
  expect(shown(lines.join(""), after.join(""))).toContain(
    "-[line 7 of ten words or so in all here\n]+[another line\n]",
  );
});

const tool = (id: string, tool_name: string, parentId?: string): Span => ({
  span_type: "tool",
  tool_name,
  arguments: {},
  hone: { version: 1, id, sequence: 0, startedAt: 0, ...(parentId !== undefined && { parentId }) },
});

it("spans of the same path stand beside each other", () => {
  const first = [tool("a", "plan"), tool("b", "search", "a"), tool("c", "read", "a")];
  const second = [tool("x", "plan"), tool("y", "read", "x"), tool("z", "send")];
  const pairs = alignSpans(first, second).map(({ depth, first: one, second: other }) => [
    depth,
    one?.hone.id ?? "–",
    other?.hone.id ?? "–",
  ]);
  expect(pairs).toEqual([
    [0, "a", "x"],
    [1, "b", "–"],
    [1, "c", "y"],
    [0, "–", "z"],
  ]);
});
