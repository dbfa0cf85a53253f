/** Agents made of the AI SDK, 6 and 7, in `withTraces`: what their streams and results say is read. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import type { Span, SpanOf } from "../../packages/hone/src/core/span.ts";
import type { TraceHead } from "../../packages/hone/src/core/trace.ts";
import { type ModelScript, startModelEndpoint } from "../doubles/model-endpoint.ts";

const program = join(import.meta.dirname, "apps/traced-ai-agent.ts");
const older = join(import.meta.dirname, "../doubles/ai-sdk-6.ts");

/** For each agent that answers thoughts and a tool's call, then the text; for one that fails, and for one that is aborted. */
const script: ModelScript = (_, index) => {
  if (index === 6) return { status: 400, message: "no such model" };
  if (index === 7) return { text: "one two three four five six", hangsAfter: 9 };
  return index % 2 === 0
    ? { reasoning: "I add.", calls: [{ name: "add", arguments: { a: 1, b: 2 } }] }
    : { text: "It is three." };
};

const usage = { input: 42, output: 14, reasoning: 6, cached: 8 };

interface Recorded {
  readonly spans: readonly Span[];
  readonly head: TraceHead;
  readonly prompt: SpanOf<"prompt">;
}

describe.each([
  { version: "6", imports: ["--import", older] },
  { version: "7", imports: [] },
])("an agent made of AI SDK $version", ({ imports }) => {
  let full: Recorded;
  let texts: Recorded;
  let result: Recorded;
  let failed: Recorded;
  let aborted: Recorded;
  beforeAll(async () => {
    const endpoint = await startModelEndpoint(script);
    const { NODE_ENV: _, VITEST: __, ...inherited } = process.env;
    const env = { ...inherited, OPENAI_BASE_URL: endpoint.url, OPENAI_API_KEY: "test-key" };
    try {
      const agents = ["full", "text", "result", "full", "aborted"];
      const run = promisify(execFile);
      const { stdout } = await run(process.execPath, [...imports, program, ...agents], { env });
      const lines = stdout.trimEnd().split("\n");
      const told = lines.map((line) => {
        const { spans, head } = JSON.parse(line) as Omit<Recorded, "prompt">;
        return { spans, head, prompt: spans[0] as SpanOf<"prompt"> };
      });
      if (told.length !== 5) throw new Error(`${told.length} of 5 agents were recorded`);
      [full, texts, result, failed, aborted] = told as [
        Recorded,
        Recorded,
        Recorded,
        Recorded,
        Recorded,
      ];
    } finally {
      await endpoint.close();
    }
  });

  it("yields a full stream: thoughts, tools with their last results, texts, tokens", () => {
    const { spans, prompt, head } = full;
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

  it("yields a stream of texts", () => {
    const { prompt } = texts;
    expect(prompt.output).toEqual([{ role: "assistant", content: "It is three." }]);
  });

  it("returns a result", () => {
    const { prompt } = result;
    expect(prompt).toMatchObject({ model: "m", usage });
    const output = prompt.output as readonly object[];
    expect(output.at(-1)).toEqual({ role: "assistant", content: "It is three." });
    expect(output[0]).toMatchObject({ reasoning: "I add.", toolCalls: [{ name: "add" }] });
  });

  it("fails when its stream says so, though the stream ends", () => {
    const { prompt, head } = failed;
    expect(head).toMatchObject({ status: "failed", error: { message: "no such model" } });
    expect(prompt.error).toMatchObject({ message: "no such model" });
  });

  it("is cancelled when its caller aborts", () => {
    const { prompt, head } = aborted;
    expect(head.status).toBe("cancelled");
    expect(prompt.error).toMatchObject({ type: "AbortError" });
  });
});
