import { expect, it } from "vitest";
import { keepingSink } from "../../../testing/keeping-sink.ts";
import { createTracer } from "../../tracer.ts";
import { ModelCalls } from "../model-calls.ts";
import { Exchange, type TapState } from "./exchange.ts";
import { TappedTraces } from "./tapped-traces.ts";
import { UnreadBodies } from "./unread-bodies.ts";
import { chatCompletions } from "../../wires/chat-completions.ts";

const bytes = new Uint8Array(1000).fill(97);

function tapState(): TapState {
  const tools = {
    tracer: createTracer({ sink: keepingSink() }),
    calls: new ModelCalls(),
    agent: "a",
  };
  const traces = new TappedTraces(tools, Date.now);
  return {
    tools,
    clock: Date.now,
    traces,
    open: new Set(),
    unread: new UnreadBodies(),
    sent: new WeakMap(),
    kept: { bytes: 0 },
  };
}

it("gives back what it kept of the response to a request that turns out to ask no model", () => {
  for (const text of [undefined, "no JSON", '{"to":"bob"}']) {
    const state = tapState();
    const exchange = new Exchange(state, chatCompletions, "http://x/v1/chat/completions");
    // The response may come before the request's body can be read.
    exchange.chunk(bytes);
    expect(state.kept.bytes).toBe(1000);
    expect(exchange.request(text)).toBe(false);
    expect([state.kept.bytes, state.open.size]).toEqual([0, 0]);
    exchange.chunk(bytes);
    exchange.done();
    expect(state.kept.bytes).toBe(0);
  }
});

it("gives back what it kept, however the response ends", () => {
  const ends: readonly ((exchange: Exchange) => void)[] = [
    (exchange) => exchange.done(),
    (exchange) => exchange.stopped(),
    (exchange) => exchange.failed(new Error("gone")),
    (exchange) => exchange.left(),
  ];
  for (const end of ends) {
    const state = tapState();
    const exchange = new Exchange(state, chatCompletions, "http://x/v1/chat/completions");
    exchange.request('{"model":"m","messages":[]}');
    exchange.chunk(bytes);
    end(exchange);
    exchange.chunk(bytes);
    expect([state.kept.bytes, state.open.size]).toEqual([0, 0]);
  }
});
