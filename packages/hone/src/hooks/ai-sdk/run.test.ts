import { getEventListeners } from "node:events";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { keepingSink } from "../../testing/keeping-sink.ts";
import { createTracer } from "../../recording/create-tracer.ts";
import { activeTrace } from "../../recording/trace-context.ts";
import { ModelCalls } from "../model-calls.ts";
import { CallsInContext } from "./context.ts";
import { type AppCall, eventsOf6 } from "./events-6.ts";
import { AiSdkRun } from "./run.ts";
import { TextBudget } from "../../messages/text-budget.ts";
import { SeenAnswer } from "./seen-answer.ts";

const minutes = (count: number): number => count * 60_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function start() {
  const sink = keepingSink();
  const calls = new ModelCalls();
  const tools = { tracer: createTracer({ sink }), calls, agent: "a" };
  const facts = { agent: undefined, task: "t", version: "6", metadata: {}, signal: undefined };
  const ended = vi.fn();
  const run = (): AiSdkRun => new AiSdkRun(tools, { ...facts, keepsBodies: true }, ended);
  const status = () => sink.heads.at(-1)!.status;
  return { ...sink, calls, tools, run, ended, status };
}

const prompt = { name: "chat m", input: [], model: "m", provider: "p" };

describe("a call of which nothing is heard", () => {
  it("is over after 15 minutes", () => {
    const { run, status, ended } = start();
    const one = run();
    vi.advanceTimersByTime(minutes(10));
    one.beginPrompt(prompt);
    vi.advanceTimersByTime(minutes(14));
    expect(status()).toBe("running");
    vi.advanceTimersByTime(minutes(1.1));
    expect(status()).toBe("cancelled");
    expect(ended).toHaveBeenCalledOnce();
  });

  it("goes on while a tool works, and is recorded to its end", () => {
    const { run, spans, status } = start();
    const one = run();
    one.beginTool("t1", "wait", {});
    vi.advanceTimersByTime(minutes(50));
    one.endTool("t1", { result: 3 });
    vi.advanceTimersByTime(minutes(10));
    one.beginPrompt(prompt);
    one.endPrompt({});
    one.end("completed");
    expect(spans.map(({ kind }) => kind)).toEqual(["tool", "prompt"]);
    expect(spans[0]).toMatchObject({ result: 3 });
    expect(status()).toBe("completed");
  });

  it("counts its silence from the end of what worked, and a day is too long for anything", () => {
    const { run, status } = start();
    const one = run();
    one.beginTool("t1", "wait", {});
    vi.advanceTimersByTime(minutes(50));
    one.endTool("t1", { result: 3 });
    vi.advanceTimersByTime(minutes(14));
    expect(status()).toBe("running");
    vi.advanceTimersByTime(minutes(17));
    expect(status()).toBe("cancelled");
    const other = run();
    other.beginPrompt(prompt);
    void other.attempt(() => new Promise(() => undefined));
    vi.advanceTimersByTime(minutes(24 * 60 - 1));
    expect(status()).toBe("running");
    vi.advanceTimersByTime(minutes(15));
    expect(status()).toBe("cancelled");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("begins nothing after its end", () => {
    const { run, calls, spans } = start();
    const one = run();
    vi.advanceTimersByTime(minutes(16));
    expect(one.beginPrompt(prompt)).toBeUndefined();
    one.beginTool("t1", "late", {});
    one.endTool("t1", { result: 3 });
    one.event("tool-approval-request", {});
    one.providerTool({ callId: "t2", name: "search", given: {}, result: 1 });
    expect(spans).toEqual([]);
    // No call is open to which a request could belong.
    expect(calls.unclaimed()).toBeUndefined();
  });
});

it("what was seen of an answer is given back when its call ends or another attempt begins", () => {
  const room = new TextBudget({ each: 150, all: 150 });
  const seen = (): SeenAnswer => {
    const answer = new SeenAnswer(room);
    answer.part({ type: "text-delta", id: "0", delta: "x" });
    return answer;
  };
  const hasRoom = (): boolean => {
    const answer = seen();
    const has = answer.known().output !== undefined;
    answer.release();
    return has;
  };
  const one = start().run();
  one.watch(seen());
  expect(hasRoom()).toBe(true);
  one.beginPrompt(prompt);
  one.watch(seen());
  expect(hasRoom()).toBe(false);
  one.watch(new SeenAnswer(room));
  expect(hasRoom()).toBe(true);
  one.watch(seen());
  one.endPrompt({});
  expect(hasRoom()).toBe(true);
});

describe("a call of AI SDK 6", () => {
  const model = { provider: "openai.chat", modelId: "m" };
  const secret = "my secret";
  const parts = [
    { type: "text", text: secret },
    { type: "source", url: secret },
    { type: "tool-approval-request", toolCall: { input: secret } },
  ];

  function record(
    keeps: { keepsInputs: boolean; keepsOutputs: boolean },
    abortSignal?: AbortSignal,
  ) {
    const seen = start();
    const call = { version: "6.0.0", state: undefined, ...keeps };
    const on = eventsOf6(seen.tools, new CallsInContext(seen.calls), () => call);
    const toolCall = { toolCallId: "t1", toolName: "add", input: secret };
    const lookUp = { description: secret, inputSchema: {} };
    on["onStart"]!({ model, prompt: secret, system: secret, abortSignal });
    const messages = [{ role: "user", content: secret }];
    on["onStepStart"]!({ model, messages, tools: { lookUp }, stepNumber: 0 });
    const request = seen.calls.unclaimed()!;
    request.settle(undefined, (span) => span!.set({ "http.request.body": secret }));
    on["onToolCallStart"]!({ toolCall });
    on["onToolCallFinish"]!({ toolCall, success: true, output: secret });
    on["onStepFinish"]!({ content: parts, providerMetadata: { a: secret }, response: {} });
    on["onFinish"]!({});
    return seen;
  }

  it("leaves out what its app keeps out of telemetry", () => {
    const none = record({ keepsInputs: false, keepsOutputs: false });
    expect(none.spans.map(({ kind }) => kind).toSorted()).toEqual(["prompt", "tool"]);
    expect(JSON.stringify([none.spans, none.heads])).not.toContain(secret);
    const answers = record({ keepsInputs: false, keepsOutputs: true });
    const [answered] = answers.spans.filter(({ kind }) => kind === "prompt");
    expect(answered).toMatchObject({ input: [], output: [{ content: secret }] });
    expect(answers.heads.at(-1)!.task).toBe("");
    expect(answered!.attributes).not.toHaveProperty("http.request.body");
    const asked = record({ keepsInputs: true, keepsOutputs: false });
    const [question] = asked.spans.filter(({ kind }) => kind === "prompt");
    expect(question).toMatchObject({ input: [{ content: secret }] });
    expect(question).not.toHaveProperty("output");
  });

  it("leaves the code around a tool where it was", () => {
    record({ keepsInputs: true, keepsOutputs: true });
    expect(activeTrace()).toBeUndefined();
  });

  it("leaves no listener on the app's signal", () => {
    const { signal } = new AbortController();
    record({ keepsInputs: true, keepsOutputs: true }, signal);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("is cancelled when the app aborts it for a reason of its own", () => {
    const seen = start();
    const call: AppCall = { version: "6", state: undefined, keepsInputs: true, keepsOutputs: true };
    const on = eventsOf6(seen.tools, new CallsInContext(seen.calls), () => call);
    const controller = new AbortController();
    on["onStart"]!({ model, prompt: "q", abortSignal: controller.signal });
    controller.abort(new Error("the user left"));
    call.state!.run.fail(new Error("the user left"));
    expect(seen.heads.at(-1)).toMatchObject({
      status: "cancelled",
      error: { message: "the user left" },
    });
  });
});
