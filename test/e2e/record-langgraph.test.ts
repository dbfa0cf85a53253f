/** An unmodified program on LangGraph, run with the preload and without. */
import { beforeAll, describe, expect, it } from "vitest";
import type { ModelScript } from "../doubles/model-endpoint.ts";
import {
  type AppRun,
  type RecordedApp,
  runRecordedApps,
  spanLine,
  withBodies,
} from "../doubles/recorded-app.ts";

const script = "examples/record/langgraph.ts";

/** The id of the call is the run's own. */
const asks = (city: string, id: string): ModelScript => [
  { calls: [{ name: "temperature_in", arguments: { city }, id }] },
  { text: "It is 4 °C." },
];
const boom = [{ status: 500, message: "boom" }];

/** In the order in which they run; the last one ends the process by an error. */
const modules = {
  graph: { script, model: asks("Oslo", "graph") },
  stream: { script, flags: ["--stream"], model: asks("Oslo", "stream") },
  "a tool that throws": { script, model: asks("Rome", "throws") },
  "failing stream": { script, flags: ["--stream"], model: boom },
} satisfies Readonly<Record<string, AppRun>>;
const required = {
  "required graph": { script, model: asks("Oslo", "required graph") },
  "required stream": { script, flags: ["--stream"], model: asks("Oslo", "required stream") },
  failing: { script, model: boom },
} satisfies Readonly<Record<string, AppRun>>;

type Name = keyof typeof modules | keyof typeof required;

let runs: Record<Name, RecordedApp>;
beforeAll(async () => {
  runs = {
    ...(await runRecordedApps(modules)),
    ...(await runRecordedApps(required, { form: "cjs" })),
  };
});

/** A run whose user sees the same with the preload and without. */
function runSame(name: Name) {
  const { plain, recorded, traces } = runs[name];
  expect(recorded).toEqual(plain);
  expect(traces).toHaveLength(1);
  return { seen: plain, trace: traces[0]! };
}

describe("LangGraph under the preload", () => {
  it.each([
    { name: "graph" },
    { name: "stream" },
    { name: "required graph" },
    { name: "required stream" },
  ] as const)("records a graph of a model and a tool: $name", ({ name }) => {
    const { seen, trace } = runSame(name);
    const isStream = name.includes("stream");
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
      {
        langgraph_node: "think",
        langgraph_step: 3,
        "gen_ai.response.id": `chatcmpl-${seen.requestsBefore + 2}`,
      },
    ]);
    expect(trace.spans[1]).toMatchObject({ callId: name });
    const calls = withBodies(trace);
    expect(calls.map((call) => call.attributes["http.request.body"])).toEqual(
      seen.requests.map(([, body]) => JSON.parse(body) as unknown),
    );
    expect(calls[1]).toMatchObject({
      input: [
        { role: "user", content: "How cold is it in Oslo?" },
        { role: "assistant", toolCalls: [{ id: name, arguments: '{"city":"Oslo"}' }] },
        { role: "tool", content: "4 °C", toolCallId: name },
      ],
      output: [{ role: "assistant", content: "It is 4 °C." }],
      model: "gpt-5-mini",
      provider: "openai",
      usage: { input: 21, output: 7 },
    });
  });

  it.each(["failing", "failing stream"] as const)("records a model that fails: %s", (name) => {
    const { seen, trace } = runSame(name);
    expect(seen.code).toBe(1);
    expect(seen.stderr).toContain("InternalServerError: 500 boom");
    expect(trace).toMatchObject({ status: "failed", error: { message: "500 boom" } });
    expect(trace.spans.map(spanLine)).toEqual(["prompt nothing failed: 500 boom"]);
    expect(withBodies(trace)).toHaveLength(1);
  });

  it("records a tool that throws", () => {
    const { trace } = runSame("a tool that throws");
    expect(trace.status).toBe("completed");
    expect(trace.spans[1]).toMatchObject({
      kind: "tool",
      arguments: { city: "Rome" },
      error: { message: "Nobody measures in Rome.", type: "Error" },
    });
    expect(trace.spans[1]).not.toHaveProperty("result");
  });
});
