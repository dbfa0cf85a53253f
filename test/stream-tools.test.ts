/** The policy on the embedded engine with tools: streamed pieces, the recorded turn, and the engine's own numbers agree. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it, onTestFinished, vi } from "vitest";
import { toolSettings } from "../packages/hone/src/agents/call-options.ts";
import { policyChatModels } from "../packages/hone/src/agents/policy-chat-model.ts";
import type { Message } from "../packages/hone/src/core/message.ts";
import { newModel } from "../packages/hone/src/engine/model-files/new-model.ts";
import { openEngine } from "../packages/hone/src/engine/engine.ts";

const folder = mkdtempSync(join(tmpdir(), "hone-stream-tools-"));
const tools = [{ name: "add", parameters: { type: "object", properties: {} } }];
const texts = [JSON.stringify(toolSettings(tools)), "Tools: Call a tool with arguments"];
await newModel({ folder, texts: texts.flatMap((text) => [text, text]), layers: 1, width: 32 });
const engine = await openEngine(folder, { threads: 1 });
afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true });
});

const question: Message = { role: "user", content: "1 + 2?" };

it("gives the same turn piece by piece as at once, with tools and temperature, and the engine's log-probs", async () => {
  // Turns hold when they were.
  vi.setSystemTime(1_700_000_000_000);
  onTestFinished(() => void vi.useRealTimers());
  const policy = await engine.createSamplingClient();
  const chatModel = policyChatModels({
    renderer: engine.renderer,
    sampling: { maxTokens: 24, temperature: 0.8, topP: 0.9 },
  });
  for (const toolChoice of ["auto", "required", { name: "add" }] as const) {
    const [whole, streamed] = [chatModel({ policy, seed: 3 }), chatModel({ policy, seed: 3 })];
    const reply = await whole.chat([question], { tools, toolChoice });
    const said = { content: "", reasoning: "", calls: [] as unknown[] };
    for await (const part of streamed.stream([question], { tools, toolChoice })) {
      if (part.type === "text") said.content += part.text;
      else if (part.type === "reasoning") said.reasoning += part.text;
      else if (part.type === "toolCall") said.calls.push(part.call);
      else if (part.type === "turn") expect(part.turn.reply).toEqual(reply);
    }
    expect(said).toEqual({
      content: reply.content,
      reasoning: reply.reasoning ?? "",
      calls: reply.toolCalls ?? [],
    });
    if (typeof toolChoice === "object") expect(said.calls).toHaveLength(1);
    // A call must have begun; where the reply ends before the name of a tool does, what was written stays text.
    const hasBegun = said.calls.length === 1 || said.content.startsWith('{"name":');
    if (toolChoice === "required") expect(hasBegun, said.content).toBe(true);
    expect(streamed.turns).toEqual(whole.turns);
    const { promptTokens, tokens, logProbs } = whole.turns[0]!;
    const own = await policy.logProbs([...promptTokens, ...tokens]);
    const furthest = Math.max(
      ...logProbs.map((value, t) => Math.abs(value - own[promptTokens.length + t]!)),
    );
    expect(furthest).toBeLessThan(1e-4);
  }
});

it("goes on from the very tokens through a tool's result, also for a program that writes the call anew", async () => {
  const policy = await engine.createSamplingClient();
  const chatModel = policyChatModels({ renderer: engine.renderer, sampling: { maxTokens: 12 } });
  const model = chatModel({ policy, seed: 1 });
  const reply = await model.chat([question], { tools, toolChoice: { name: "add" } });
  const [call] = reply.toolCalls!;
  const result: Message = { role: "tool", content: "3", toolCallId: call!.id };
  await model.chat([question, reply, result], { tools });
  const [first, second] = model.turns;
  const before = [...first!.promptTokens, ...first!.tokens];
  expect(second!.promptTokens.slice(0, before.length)).toEqual(before);
});
