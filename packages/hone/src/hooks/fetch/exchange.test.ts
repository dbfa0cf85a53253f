import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { keepingSink } from "../../testing/keeping-sink.ts";
import { createTracer } from "../../recording/create-tracer.ts";
import { ModelCalls } from "../model-calls.ts";
import { bodyBudget } from "./kept-text.ts";
import { firstHop, type Hop } from "./hop.ts";
import { Redirects } from "./redirects.ts";
import type { TapState } from "./tap-state.ts";
import { TappedTraces } from "./tapped-traces.ts";
import { UnreadBodies } from "./unread-bodies.ts";
import { chatCompletions } from "../../messages/wires/chat-completions.ts";

const sent = { wire: chatCompletions, address: "http://x/v1/chat/completions" };
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
    redirects: new Redirects(),
    unread: new UnreadBodies(),
    sent: new WeakMap(),
    kept: bodyBudget(),
  };
}

it("gives back what it kept of the response to a request that turns out to ask no model", () => {
  for (const text of [undefined, "no JSON", '{"to":"bob"}']) {
    const state = tapState();
    const exchange = firstHop(state, sent);
    // The response may come before the request's body can be read.
    exchange.chunk(bytes);
    expect(state.kept.used).toBe(1000);
    expect(exchange.request(text)).toBe(false);
    expect([state.kept.used, state.open.size]).toEqual([0, 0]);
    exchange.chunk(bytes);
    exchange.done();
    expect(state.kept.used).toBe(0);
  }
});

it("gives back what it kept, however the response ends", () => {
  const ends: readonly ((exchange: Hop, state: TapState) => void)[] = [
    (exchange) => exchange.done(),
    (exchange) => exchange.stopped(),
    (exchange) => exchange.failed(new Error("gone")),
    (_, { open }) => open.forEach((one) => one.processExited()),
  ];
  for (const end of ends) {
    const state = tapState();
    const exchange = firstHop(state, sent);
    exchange.request('{"model":"m","messages":[]}');
    exchange.chunk(bytes);
    end(exchange, state);
    exchange.chunk(bytes);
    expect([state.kept.used, state.open.size]).toEqual([0, 0]);
  }
});

it("is held by nothing after its end, however long the app keeps the response", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const state = tapState();
  const kept: Response[] = [];
  const passedOn = (status: number): Hop => {
    const exchange = firstHop(state, sent);
    exchange.request('{"model":"m","messages":[]}');
    const response = new Response("{}", { status });
    kept.push(response);
    exchange.response(response);
    exchange.passed(response);
    return exchange;
  };
  const ended = async (): Promise<WeakRef<Hop>[]> => {
    const [slow, refused, fast] = [passedOn(200), passedOn(400), passedOn(200)];
    fast.done();
    // Unread responses are watched from a quarter of a second on; a refusal is recorded unread after a second.
    await sleep(1100);
    slow.done();
    expect(state.open.size).toBe(0);
    refused.done();
    return [slow, refused, fast].map((exchange) => new WeakRef(exchange));
  };
  const refs = await ended();
  const isGone = (ref: WeakRef<Hop>): boolean => ref.deref() === undefined;
  await expect.poll(() => (collect(), refs.map(isGone))).toEqual([true, true, true]);
  expect(kept).toHaveLength(3);
});
