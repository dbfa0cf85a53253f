import { describe, expect, it } from "vitest";
import {
  againMessages,
  critiqueMessages,
  editMessages,
  editProblem,
  promptIn,
} from "./critic-wording.ts";

describe("the prompt in a reply", () => {
  it.each([
    ["between tags", "Better:\n<prompt>\nAdd {a}.\n</prompt>\nDone.", "Add {a}."],
    ["the last of two", "<prompt>old</prompt> becomes <prompt>new</prompt>", "new"],
    ["in JSON", 'Sure: {"prompt": "Add\\n{a}."}', "Add\n{a}."],
    ["in the only fence", "Here:\n```text\nAdd.\n```\n", "Add."],
    ["nowhere", "Add the numbers.", undefined],
    ["in one of two fences", "```\na\n```\nor\n```\nb\n```\n", undefined],
  ])("is found %s", (_, reply, prompt) => expect(promptIn(reply, false)).toBe(prompt));

  it("is the JSON's where replies are bound, also with tags inside it", () => {
    expect(promptIn('{"prompt": "say <prompt>x</prompt>"}', true)).toBe("say <prompt>x</prompt>");
  });
});

describe("an edit", () => {
  it.each([
    ["Say {a} and {b}.", "it has lost {c}"],
    ["{a} {b} {c} {d}", "{d} is no placeholder of this prompt"],
    ["", "the prompt is empty"],
    ["{a}{b}{c}".padEnd(51, "."), "the prompt has 51 characters, and may have 50"],
    [undefined, "it holds no prompt between <prompt> and </prompt>"],
    ["{c}, {b}, {a}, {{d}}", undefined],
  ])("%j: %s", (edited, problem) => expect(editProblem("{a} {b} {c}", edited, 50)).toBe(problem));
});

describe("a question", () => {
  const about = { prompts: { plan: "Plan {task}.", solve: "Solve." }, name: "plan" };

  it("shows the prompt, those beside it, and what must be kept", () => {
    const text = editMessages(about, "Too short.", false)[1]!.content;
    expect(text).toContain('The prompt "plan"');
    expect(text).toContain("<prompt>\nPlan {task}.\n</prompt>");
    expect(text).toContain('Beside it there is the prompt "solve", which stays:\n"Solve."');
    expect(text).toContain("Too short.");
    expect(text).toMatch(
      /Keep the placeholders \{task\} as they are.*between <prompt> and <\/prompt>/,
    );
    expect(editMessages({ ...about, name: "solve" }, "", true)[1]!.content).toMatch(
      /Write no names in braces\. Answer with JSON: \{"prompt": /,
    );
  });

  it("is asked once more with the reply and what is wrong with it", () => {
    const messages = critiqueMessages(about, "Rollout 1");
    expect(againMessages(messages, "no", "it is empty").slice(messages.length)).toEqual([
      { role: "assistant", content: "no" },
      {
        role: "user",
        content: "This cannot be used: it is empty. Write the whole prompt once more.",
      },
    ]);
  });
});
