import { expect, it } from "vitest";
import { examplesText, withoutMiddle } from "./example-text.ts";
import type { TrialResult } from "../../ports/prompt-method.ts";

const failed: TrialResult = {
  reward: undefined,
  isSuccess: false,
  failure: { boundary: "agent", message: "TypeError: x" },
  answer: undefined,
  conversations: [],
};
const scored = (total: number): TrialResult => ({
  reward: { total, components: { words: total }, source: "judge", reason: 'too "long"' },
  isSuccess: total > 0,
  failure: undefined,
  answer: "4\n5",
  conversations: [
    [
      { role: "user", content: "2 + 2?" },
      {
        role: "assistant",
        content: "",
        toolCalls: [{ id: "1", name: "add", arguments: '{"a":2}' }],
      },
    ],
  ],
});

it("shows the worst rollout first, each with task, conversation, answer, reward and reason, quoted", () => {
  const task = (id: string) => ({ id, question: `q${id}` });
  const text = examplesText(
    [
      { task: task("1"), result: scored(2) },
      { task: task("2"), result: failed },
      { task: task("3"), result: scored(-1) },
    ],
    1000,
  );
  expect(text).toBe(
    [
      'Rollout 1\ntask: {"question":"q2"}\nfailed in the agent: TypeError: x',
      ...[-1, 2].map((total, i) =>
        [
          `Rollout ${i + 2}`,
          `task: {"question":"q${total === 2 ? 1 : 3}"}`,
          'conversation:\n  user: "2 + 2?"\n  assistant: "" calls add {"a":2}',
          'answer: "4\\n5"',
          `reward: ${total}`,
          `made of: words ${total}`,
          'why: "too \\"long\\""',
        ].join("\n"),
      ),
    ].join("\n\n"),
  );
});

it("leaves the middle of a long rollout out, and says how much", () => {
  expect(withoutMiddle("abcdefghij", 4)).toBe("ab [… 6 characters left out …] ij");
  expect(withoutMiddle("abcd", 4)).toBe("abcd");
});
