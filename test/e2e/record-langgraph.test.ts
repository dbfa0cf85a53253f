/** An unmodified program on LangGraph, run with the preload and without. */
import { describe, expect, it } from "vitest";
import type { ModelScript } from "../doubles/model-endpoint.ts";
import { type AppRun, runRecordedApp, spanLine, withBodies } from "../doubles/recorded-app.ts";

const script = "examples/record/langgraph.ts";

const asks = (city: string): ModelScript => [
  { calls: [{ name: "temperature_in", arguments: { city } }] },
  { text: "It is 4 °C." },
];

/** A run whose user sees the same with the preload and without. */
async function runSame(app: Omit<AppRun, "script">) {
  const { plain, recorded, traces } = await runRecordedApp({ script, ...app });
  expect(recorded).toEqual(plain);
  expect(traces).toHaveLength(1);
  return { seen: plain, trace: traces[0]! };
}

describe("LangGraph under the preload", { timeout: 90_000 }, () => {
  it.each([
    { form: "esm", flags: [] },
    { form: "esm", flags: ["--stream"] },
    { form: "cjs", flags: [] },
    { form: "cjs", flags: ["--stream"] },
  ] as const)("records a graph of a model and a tool, $form $flags", async ({ form, flags }) => {
    const { seen, trace } = await runSame({ form, flags, model: asks("Oslo") });
    const isStream = (flags as readonly string[]).includes("--stream");
    expect(seen).toMatchObject({
      stdout: isStream ? "4 °CIt is 4 °C.\n" : "It is 4 °C.\n",
      stderr: "",
      code: 0,
      outside: [],
    });
    expect(trace).toMatchObject({
      agent: "weather",
      task: "How cold is it in Oslo?",
      status: "completed",
      tags: ["langchain"],
      metadata: { sdk: { name: "langchain", version: "1.4.0" } },
    });
    expect(trace.spans.map(spanLine)).toEqual([
      'prompt temperature_in({"city":"Oslo"})',
      'tool temperature_in {"city":"Oslo"} → "4 °C"',
      "prompt It is 4 °C.",
    ]);
    expect(trace.spans.map(({ attributes }) => attributes)).toMatchObject([
      { langgraph_node: "think", langgraph_step: 1, thread_id: "thread-1" },
      { langgraph_node: "look", langgraph_step: 2, thread_id: "thread-1" },
      { langgraph_node: "think", langgraph_step: 3, "gen_ai.response.id": "chatcmpl-2" },
    ]);
    expect(trace.spans[1]).toMatchObject({ callId: "call_1" });
    const calls = withBodies(trace);
    expect(calls.map((call) => call.attributes["http.request.body"])).toEqual(
      seen.requests.map(([, body]) => JSON.parse(body) as unknown),
    );
    expect(calls[1]).toMatchObject({
      input: [
        { role: "user", content: "How cold is it in Oslo?" },
        { role: "assistant", toolCalls: [{ id: "call_1", arguments: '{"city":"Oslo"}' }] },
        { role: "tool", content: "4 °C", toolCallId: "call_1" },
      ],
      output: [{ role: "assistant", content: "It is 4 °C." }],
      model: "gpt-5-mini",
      provider: "openai",
      usage: { input: 21, output: 7 },
    });
  });

  it.each([[[]], [["--stream"]]])("records a model that fails, %j", async (flags) => {
    const { seen, trace } = await runSame({ flags, model: [{ status: 500, message: "boom" }] });
    expect(seen.code).toBe(1);
    expect(seen.stderr).toContain("InternalServerError: 500 boom");
    expect(trace).toMatchObject({ status: "failed", error: { message: "500 boom" } });
    expect(trace.spans.map(spanLine)).toEqual(["prompt nothing failed: 500 boom"]);
    expect(withBodies(trace)).toHaveLength(1);
  });

  it("records a tool that throws", async () => {
    const { trace } = await runSame({ model: asks("Rome") });
    expect(trace.status).toBe("completed");
    expect(trace.spans[1]).toMatchObject({
      kind: "tool",
      arguments: { city: "Rome" },
      error: { message: "Nobody measures in Rome.", type: "Error" },
    });
    expect(trace.spans[1]).not.toHaveProperty("result");
  });
});
