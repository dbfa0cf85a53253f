import { describe, expect, it } from "vitest";
import { fillPrompt, placeholdersOf } from "./prompts.ts";

describe("placeholders of a prompt", () => {
  it("are names in single braces; doubled braces and other braces are text", () => {
    const text =
      'Answer {question} for {user_1}, {question} again, as {{"answer": 1}} or {"a": {}}.';
    expect(placeholdersOf(text)).toEqual(["question", "user_1"]);
  });

  it("are filled with their values, in which braces mean nothing", () => {
    expect(fillPrompt("{{{a}}} {b}", { a: "{b}", b: 2 })).toBe("{{b}} 2");
  });

  it("and values must be the same", () => {
    expect(() => fillPrompt("Answer.", { question: "2 + 2" })).toThrow(
      /PROMPT_PLACEHOLDER_MISSING: The prompt has no placeholder \{question\}, .*"Answer\."/,
    );
    expect(() => fillPrompt("{question} {text}", { question: "2 + 2" })).toThrow(
      /PROMPT_PLACEHOLDER_UNKNOWN: .*\{text\}.* values for question/,
    );
  });
});
