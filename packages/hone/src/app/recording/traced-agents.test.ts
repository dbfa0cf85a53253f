import { resolve } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import type { Trace } from "../../core/trace.ts";
import { lastingAddress } from "../open-store.ts";
import { memoryStore } from "../../store/memory-store.ts";
import { sharedState } from "../../recording/trace-context.ts";
import { openTracing, TracedAgent, TracedOrchestrator, withTraces } from "./traced-agents.ts";
import { openOtlpTracing } from "../traces/otlp-export.ts";

describe("the store that traces go to", () => {
  it("means the same place after the app changed its folder", () => {
    expect(lastingAddress("sqlite:./a.db")).toBe(`sqlite:${resolve("a.db")}`);
    expect(lastingAddress("files:rl_data")).toBe(`files:${resolve("rl_data")}`);
    expect(lastingAddress("postgres://u:p@db/x")).toBe("postgres://u:p@db/x");
  });

  it("is refused at once when it is none, without its password", () => {
    const refused = [
      ["mysql://u:secret@db/x", "the scheme mysql: is unknown"],
      ["hone.db", "it has no scheme such as sqlite: in front"],
      ["sqlite:", "it names no path"],
      ["memory:", "is gone with the process"],
    ] as const;
    for (const [store, problem] of refused) {
      expect(() => openTracing({ store })).toThrow(
        expect.objectContaining({
          code: "STORE_URL_INVALID",
          message: expect.stringContaining(problem),
        }) as Error,
      );
    }
    expect(() => lastingAddress("mysql://u:secret@db/x")).not.toThrow(/secret/);
  });
});

describe("options that cannot be", () => {
  const agent = (): string => "yes";
  class Agent {
    async *chat(): AsyncGenerator<string> {
      yield "yes";
    }
  }
  type Call = (options: object) => unknown;
  const callers: readonly (readonly [string, Call])[] = [
    ["openTracing", (options) => openTracing(options)],
    ["withTraces", (options) => withTraces(agent, options)],
    ["TracedAgent", (options) => TracedAgent(Agent, options)],
    ["TracedOrchestrator", (options) => TracedOrchestrator(Agent, options)],
    ["openOtlpTracing", (options) => openOtlpTracing({ url: "http://127.0.0.1:9", ...options })],
  ];

  it.each(callers)("misspelt ones are refused by %s", (where, call) => {
    const got = "{ sampelRate: … }";
    expect(() => call({ sampelRate: 0.5 })).toThrow(
      expect.objectContaining({
        code: "OPTION_INVALID",
        facts: expect.objectContaining({ where, got }) as unknown,
        message: expect.stringContaining("sampleRate, ") as string,
      }) as Error,
    );
  });

  it.each(callers)("wrong ones are said to be those of %s, which was called", (where, call) => {
    for (const options of [{ sampleRate: 2 }, { traces: 0 }, { redaction: { keys: [1] } }]) {
      expect(() => call(options)).toThrow(
        expect.objectContaining({
          code: "OPTION_INVALID",
          facts: expect.objectContaining({ where }) as unknown,
        }) as Error,
      );
    }
  });
});

describe("agents that are wrapped for every request", () => {
  const collectGarbage = (): number => {
    setFlagsFromString("--expose-gc");
    (runInNewContext("gc") as () => void)();
    return process.memoryUsage().heapUsed;
  };

  it("share a tracer: two thousand leave no listener, no hook and no memory behind", async () => {
    const store = memoryStore();
    const once = async (i: number): Promise<void> => {
      const options = { store, agent: `agent ${i}`, redaction: { patterns: [/ACME-\d+/] } };
      await withTraces(async () => "yes", options)();
    };
    const tracing = openTracing({ store });
    await once(0);
    const counted = (): number[] => [
      process.listenerCount("beforeExit"),
      sharedState().atExit.size,
      sharedState().sinks.size,
    ];
    const before = counted();
    for (let i = 1; i <= 200; i++) await once(i);
    expect(await tracing.flush()).toEqual({ written: 201, waiting: 0, dropped: 0 });
    const heap = collectGarbage();
    for (let i = 201; i <= 2000; i++)
      withTraces(async () => "yes", {
        store,
        agent: `agent ${i}`,
        redaction: { patterns: [/ACME-\d+/] },
      });
    expect(counted()).toEqual(before);
    expect(collectGarbage() - heap).toBeLessThan(1_000_000);
    const traces: Trace[] = [];
    for await (const trace of store.traces()) traces.push(trace);
    expect(traces).toHaveLength(201);
    await tracing.close();
  });

  it("keep their own settings", async () => {
    const store = memoryStore();
    const tracing = openTracing({ store });
    await withTraces(async () => "yes", { store, agent: "seen" })();
    await withTraces(async () => "yes", { store, agent: "unseen", sampleRate: 0 })();
    await tracing.flush();
    const { traces } = await store.query({});
    expect(traces.map(({ agent: name }) => name)).toEqual(["seen"]);
    await tracing.close();
  });
});
