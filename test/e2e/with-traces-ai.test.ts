/** Agents made of the AI SDK, 6 and 7, in `withTraces`: what their streams and results say is read. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import type { Span, SpanOf } from "../../packages/hone/src/core/span.ts";
import type { TraceHead } from "../../packages/hone/src/core/trace.ts";
import { type ModelScript, startModelEndpoint } from "../doubles/model-endpoint.ts";

const program = join(import.meta.dirname, "apps/traced-ai-agent.ts");
const older = join(import.meta.dirname, "../doubles/ai-sdk-6.ts");

/** Thoughts, then a tool, then the answer. */
const script: ModelScript = (_, index) =>
  index === 0
    ? { reasoning: "I add.", calls: [{ name: "add", arguments: { a: 1, b: 2 } }] }
    : { text: "It is three." };

const usage = { input: 42, output: 14, reasoning: 6, cached: 8 };

describe.each([
  { version: "6", imports: ["--import", older] },
  { version: "7", imports: [] },
])("an agent made of AI SDK $version", ({ imports }) => {
  async function record(model: ModelScript, ...given: readonly string[]) {
    const endpoint = await startModelEndpoint(model);
    const { NODE_ENV: _, VITEST: __, ...inherited } = process.env;
    const env = { ...inherited, OPENAI_BASE_URL: endpoint.url, OPENAI_API_KEY: "test-key" };
    try {
      const run = promisify(execFile);
      const { stdout } = await run(process.execPath, [...imports, program, ...given], { env });
      const { spans, head } = JSON.parse(stdout) as { spans: readonly Span[]; head: TraceHead };
      return { spans, head, prompt: spans[0] as SpanOf<"prompt"> };
    } finally {
      await endpoint.close();
    }
  }

  it("yields a full stream: thoughts, tools with their last results, texts, tokens", async () => {
    const { spans, prompt, head } = await record(script, "full");
    expect(head).toMatchObject({ status: "completed", task: "1 + 2?" });
    expect(spans.map(({ kind }) => kind)).toEqual(["prompt", "reasoning", "tool", "content"]);
    expect(prompt).toMatchObject({
      model: "m",
      usage,
      output: [
        {
          role: "assistant",
          content: "It is three.",
          reasoning: "I add.",
          toolCalls: [{ id: "call_1", name: "add", arguments: '{"a":1,"b":2}' }],
        },
      ],
    });
    expect(prompt.attributes).not.toHaveProperty("hone.chunks.unread");
    expect(spans[2]).toMatchObject({ arguments: { a: 1, b: 2 }, result: { sum: 3 } });
  });

  it("yields a stream of texts", async () => {
    const { prompt } = await record(script, "text");
    expect(prompt.output).toEqual([{ role: "assistant", content: "It is three." }]);
  });

  it("returns a result", async () => {
    const { prompt } = await record(script, "result");
    expect(prompt).toMatchObject({ model: "m", usage });
    const output = prompt.output as readonly object[];
    expect(output.at(-1)).toEqual({ role: "assistant", content: "It is three." });
    expect(output[0]).toMatchObject({ reasoning: "I add.", toolCalls: [{ name: "add" }] });
  });

  it("fails when its stream says so, though the stream ends", async () => {
    const { prompt, head } = await record([{ status: 400, message: "no such model" }], "full");
    expect(head).toMatchObject({ status: "failed", error: { message: "no such model" } });
    expect(prompt.error).toMatchObject({ message: "no such model" });
  });

  it("is cancelled when its caller aborts", async () => {
    const model = [{ text: "one two three four five six", hangsAfter: 9 }];
    const { prompt, head } = await record(model, "full", "--abort");
    expect(head.status).toBe("cancelled");
    expect(prompt.error).toMatchObject({ type: "AbortError" });
  });
});
