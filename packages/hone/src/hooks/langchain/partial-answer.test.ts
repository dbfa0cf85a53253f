import { AIMessageChunk } from "@langchain/core/messages";
import { describe, expect, it } from "vitest";
import { answeredSoFar } from "./facts.ts";
import { TextBudget } from "../../messages/text-budget.ts";
import { PartialAnswer } from "./partial-answer.ts";

describe("a partial answer", () => {
  it("is the message as far as it came", () => {
    const answer = new PartialAnswer();
    expect(answer.message()).toBeUndefined();
    const call = (args: string, more = {}) => ({
      index: 0,
      args,
      ...more,
      type: "tool_call_chunk" as const,
    });
    const chunks = [
      new AIMessageChunk({
        id: "chatcmpl-1",
        content: "",
        additional_kwargs: { reasoning_content: "Hm." },
      }),
      new AIMessageChunk({ content: "I " }),
      new AIMessageChunk({ content: [{ type: "text", text: "look." }] }),
      new AIMessageChunk({
        content: "",
        tool_call_chunks: [call('{"at"', { id: "c1", name: "look" })],
      }),
      new AIMessageChunk({ content: "", tool_call_chunks: [call(":1}")] }),
      new AIMessageChunk({ content: "", response_metadata: { model_name: "gpt" } }),
    ];
    for (const chunk of chunks) answer.add(chunk);
    expect(answeredSoFar(answer.message())).toMatchObject({
      responseId: "chatcmpl-1",
      known: {
        model: "gpt",
        output: [
          {
            role: "assistant",
            content: "I look.",
            reasoning: "Hm.",
            toolCalls: [{ id: "c1", name: "look", arguments: '{"at":1}' }],
          },
        ],
      },
    });
  });

  it("is cut at its budget, text and calls together, and gives back what it took", () => {
    const budget = new TextBudget({ each: 300, all: 1000 });
    const answer = new PartialAnswer(budget);
    answer.add(new AIMessageChunk("12345678"));
    for (let i = 0; i < 100; i++) {
      answer.add(
        new AIMessageChunk({ content: "", tool_call_chunks: [{ index: i, args: "abc" }] }),
      );
      answer.add(new AIMessageChunk("more"));
    }
    const { content, toolCalls: calls } = answer.message()!;
    expect(content).toBe("12345678more");
    expect(calls).toEqual([{ id: "", name: "", arguments: "abc" }]);
    expect(answer.isCut).toBe(true);
    answer.release();
    expect(budget.used).toBe(0);
  });
});
