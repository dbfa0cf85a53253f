import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { OpenSpan } from "../ports/tracer.ts";
import { keepingSink } from "../testing/keeping-sink.ts";
import { createTracer } from "../recording/create-tracer.ts";
import { ModelCalls } from "./model-calls.ts";

afterEach(() => vi.useRealTimers());

function prompts(count: number): OpenSpan<"prompt">[] {
  const trace = createTracer({ sink: keepingSink() }).trace({ agent: "a", task: "t" });
  return Array.from({ length: count }, () => trace.span({ kind: "prompt", input: "?" }));
}

describe("model calls", () => {
  it("know the call whose code runs, across await and in parallel", async () => {
    const calls = new ModelCalls();
    const spans = prompts(2);
    const seen = await Promise.all(
      spans.map((span) =>
        calls.within(calls.begin(span), async () => {
          await sleep(1);
          return calls.current();
        }),
      ),
    );
    expect(seen).toEqual(spans);
    expect(calls.current()).toBeUndefined();
  });

  it("ask the SDK's own lookup, which may fail, and forget a call that is over", () => {
    const calls = new ModelCalls();
    const [span] = prompts(1);
    const call = calls.begin(span!);
    const broken = calls.addLookup(() => {
      throw new Error("not in a run");
    });
    const remove = calls.addLookup(() => call);
    expect(calls.current()).toBe(span);
    call.end();
    expect(calls.current()).toBeUndefined();
    remove();
    broken();
  });

  it("give a request to the call that claims its response, whichever ends first", () => {
    const calls = new ModelCalls();
    const [first, second] = prompts(2);
    const a = calls.begin(first!);
    const b = calls.begin(second!);
    const early = vi.fn();
    const late = vi.fn();
    const one = calls.unclaimed()!;
    const two = calls.unclaimed()!;
    one.settle("resp_b", early);
    a.end("resp_a");
    expect(early).not.toHaveBeenCalled();
    b.end("resp_b");
    expect(early.mock.calls).toEqual([[second]]);
    two.settle("resp_a", late);
    expect(late.mock.calls).toEqual([[first]]);
  });

  it("leave a request to nobody when every call that was open ended without claiming it", () => {
    const calls = new ModelCalls();
    expect(calls.unclaimed()).toBeUndefined();
    const [span] = prompts(1);
    const call = calls.begin(span!);
    const found = vi.fn();
    calls.unclaimed()!.settle("resp_x", found);
    call.end("resp_y");
    expect(found.mock.calls).toEqual([[undefined]]);
  });

  it("wait no longer than five seconds for a call that never ends", () => {
    vi.useFakeTimers();
    const calls = new ModelCalls();
    calls.begin(prompts(1)[0]!);
    const found = vi.fn();
    calls.unclaimed()!.settle("resp_x", found);
    vi.advanceTimersByTime(4999);
    expect(found).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(found.mock.calls).toEqual([[undefined]]);
  });

  it("keep nothing of calls that ended", () => {
    const calls = new ModelCalls();
    const [first, second] = prompts(2);
    const over = calls.begin(first!);
    const open = calls.begin(second!);
    over.end("resp_a");
    // The one call that is open has it: the other would make it ambiguous.
    const found = vi.fn();
    calls.unclaimed()!.settle(undefined, found);
    expect(found.mock.calls).toEqual([[second]]);
    open.end();
    expect(calls.unclaimed()).toBeUndefined();
  });

  it("forget calls that their SDK never ends: after 15 minutes, and the oldest of a thousand", () => {
    vi.useFakeTimers();
    const calls = new ModelCalls();
    const [span] = prompts(1);
    const forgotten = calls.begin(span!);
    vi.advanceTimersByTime(899_999);
    expect(calls.unclaimed()).toBeDefined();
    vi.advanceTimersByTime(1);
    expect(calls.unclaimed()).toBeUndefined();
    // Its own code still belongs to it, and it may end.
    expect(calls.within(forgotten, () => calls.current())).toBe(span);
    expect(() => forgotten.end("resp_a")).not.toThrow();

    const many = prompts(1001).map((one) => calls.begin(one));
    const found = vi.fn();
    calls.unclaimed()!.settle("resp_x", found);
    for (const call of many.slice(1)) call.end();
    // The first one never ends, and is not waited for.
    expect(found.mock.calls).toEqual([[undefined]]);
  });

  it("give a request without a response to the one call that was open, to none of several", () => {
    const calls = new ModelCalls();
    const [first, second] = prompts(2);
    calls.begin(first!);
    const one = vi.fn();
    calls.unclaimed()!.settle(undefined, one);
    calls.begin(second!);
    const several = vi.fn();
    calls.unclaimed()!.settle(undefined, several);
    expect(one.mock.calls).toEqual([[first]]);
    expect(several.mock.calls).toEqual([[undefined]]);
  });
});
