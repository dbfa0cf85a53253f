import { expect, it } from "vitest";
import type { Message } from "../../core/message.ts";
import type { ChatModel } from "../../ports/chat-model.ts";
import { chatModelMember } from "./chat-model-member.ts";
import { runTeam } from "./team.ts";

/** Answers with these texts in turn; keeps what it was asked. */
function model(replies: readonly (string | Message)[], asked: Message[][] = []): ChatModel {
  let calls = 0;
  return {
    chat: async (messages) => {
      asked.push([...messages]);
      const reply = replies[calls++ % replies.length]!;
      return typeof reply === "string" ? { role: "assistant", content: reply } : reply;
    },
  };
}

it("makes a member of a model that writes its calls as JSON", async () => {
  const member = chatModelMember(
    model([
      'Let me see.\n```json\n{"tool": "new_answer", "content": "42"}\n```',
      'The best: {"tool":"vote","agent":"Agent 1","reason":"only one"}',
    ]),
  );
  const outcome = await runTeam({ task: "6 × 7?", members: { model: member } });
  expect(outcome).toMatchObject({
    isConsensus: true,
    rounds: 2,
    winner: { text: "42" },
    votes: [{ reason: "only one" }],
  });
});

it("makes a member of a model that calls tools in its messages", async () => {
  const call = (name: string, args: unknown): Message => ({
    role: "assistant",
    content: "",
    toolCalls: [{ id: "1", name, arguments: JSON.stringify(args) }],
  });
  const replies = [call("new_answer", { content: "42" }), call("vote", { agent: "agent 1" })];
  const outcome = await runTeam({
    task: "6 × 7?",
    members: { m: chatModelMember(model(replies)) },
  });
  expect(outcome).toMatchObject({ isConsensus: true, failures: [] });
});

it("tells the model what was wrong with its reply, and asks again", async () => {
  const asked: Message[][] = [];
  const replies = [
    "I would say 42.",
    '{"tool":"vote","agent":"agent 1"}',
    '{"tool":"new_answer","content":"42"}',
  ];
  const member = chatModelMember(model([...replies, '{"tool":"vote","agent":"agent 1"}'], asked), {
    system: "You are terse.",
  });
  const outcome = await runTeam({ task: "6 × 7?", members: { m: member } });
  expect(asked[0]![0]).toEqual({ role: "system", content: "You are terse." });
  expect(asked[1]!.at(-1)!.content).toContain("Your reply holds no call.");
  expect(asked[2]!.at(-1)!.content).toContain('"vote" cannot be called now');
  expect(outcome).toMatchObject({ isConsensus: true, rounds: 2, failures: [] });
});

it("gives up its turn after so many replies", async () => {
  const member = chatModelMember(model(["42, of course."]), { maxCalls: 2 });
  const outcome = await runTeam({ task: "6 × 7?", members: { m: member } });
  expect(outcome).toMatchObject({ ending: "no_members", failures: [{ reason: "no_action" }, {}] });
});
