import { PassThrough, Writable } from "node:stream";
import { generateText, stepCountIs, type ToolSet } from "ai";
import { MockLanguageModelV3 } from "ai/test";
import { describe, expect, it } from "vitest";
import { serveMcpTools } from "./serve-mcp.ts";
import { toolsForAiSdk } from "./to-ai-sdk.ts";
import { tool } from "./tool.ts";

const add = tool<{ a: number; b: number }>({
  name: "add",
  description: "Adds.",
  parameters: {
    type: "object",
    properties: { a: { type: "number" }, b: { type: "number" } },
    required: ["a", "b"],
  },
  execute: ({ a, b }) => ({ sum: a + b }),
});
const broken = tool({
  name: "broken",
  parameters: { type: "object", properties: {} },
  execute: () => {
    throw new Error("out of order");
  },
});

const line = (message: object): string => `${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`;
const initialize = line({
  id: 0,
  method: "initialize",
  params: {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "test", version: "1" },
  },
});
const call = (id: number, name: string, given: object): string =>
  line({ id, method: "tools/call", params: { name, arguments: given } });

/** Asks a server in this process, and gives its answers by their ids. */
async function asked(...lines: string[]): Promise<ReadonlyMap<number, { result?: object }>> {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const served = serveMcpTools([add, broken], { name: "test", input, output });
  input.write(initialize);
  for (const one of lines) input.write(one);
  const answers = new Map<number, { result?: object }>();
  for await (const text of output) {
    for (const answer of String(text).trim().split("\n")) {
      const read = JSON.parse(answer) as { id: number; result?: object };
      answers.set(read.id, read);
    }
    if (answers.size === lines.length + 1) break;
  }
  input.end();
  await served;
  return answers;
}

describe("tools as an MCP server", () => {
  it("are listed and called; what breaks a schema or fails is told as an error", async () => {
    const answers = await asked(
      line({ id: 1, method: "tools/list" }),
      call(2, "add", { a: 2, b: 3 }),
      call(3, "add", { a: "two", b: 3 }),
      call(4, "broken", {}),
    );
    expect(answers.get(1)?.result).toMatchObject({
      tools: [
        { name: "add", description: "Adds.", inputSchema: add.parameters },
        { name: "broken" },
      ],
    });
    expect(answers.get(2)?.result).toMatchObject({ content: [{ text: '{"sum":5}' }] });
    expect(JSON.stringify(answers.get(3))).toMatch(/"isError":true|"error"/);
    expect(answers.get(4)?.result).toMatchObject({
      ...{ isError: true, content: [{ text: "out of order" }] },
    });
  });

  it("answer a flood of calls in full", async () => {
    const calls = Array.from({ length: 2000 }, (_, i) => call(i + 1, "add", { a: i, b: 1 }));
    const answers = await asked(...calls);
    expect(answers.size).toBe(2001);
    expect(answers.get(2000)?.result).toMatchObject({ content: [{ text: '{"sum":2000}' }] });
  });

  it("read no more requests of a client that reads no answers", async () => {
    const input = new PassThrough();
    const output = new Writable({ write: () => undefined });
    const served = serveMcpTools([add], { name: "test", input, output });
    input.write(initialize);
    const calls = Array.from({ length: 100 }, (_, i) => call(i + 1, "add", { a: i, b: 1 })).join(
      "",
    );
    let written = 0;
    for (; written < 2000 && input.writableLength < 200_000; written++) {
      input.write(calls);
      await new Promise(setImmediate);
    }
    expect(written).toBeLessThan(2000);
    expect(output.writableLength).toBeLessThan(100_000);
    input.destroy();
    output.destroy();
    void served;
  });

  it("end when they are aborted", async () => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const stop = new AbortController();
    const served = serveMcpTools([add], { name: "test", input, output, signal: stop.signal });
    setImmediate(() => stop.abort());
    await served;
  });
});

it("are tools of the AI SDK, too", async () => {
  const usage = {
    inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
    outputTokens: { total: 1, text: 1, reasoning: 0 },
  };
  const model = new MockLanguageModelV3({
    doGenerate: async ({ prompt }) =>
      prompt.length === 1
        ? {
            content: [
              { type: "tool-call", toolCallId: "1", toolName: "add", input: '{"a":2,"b":3}' },
            ],
            ...{ finishReason: { unified: "tool-calls", raw: "" }, usage, warnings: [] },
          }
        : {
            content: [{ type: "text", text: JSON.stringify(prompt.at(-1)) }],
            ...{ finishReason: { unified: "stop", raw: "" }, usage, warnings: [] },
          },
  });
  const tools: ToolSet = await toolsForAiSdk([add]);
  const { text } = await generateText({ model, prompt: "2 + 3", tools, stopWhen: stepCountIs(2) });
  expect(text).toContain('{"sum":5}');
});
