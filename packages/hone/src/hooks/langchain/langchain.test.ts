import { tool } from "@langchain/core/tools";
import { Document } from "@langchain/core/documents";
import { AIMessage, AIMessageChunk, HumanMessage, ToolMessage } from "@langchain/core/messages";
import { BaseRetriever } from "@langchain/core/retrievers";
import { ChatPromptTemplate } from "@langchain/core/prompts";
import { StringOutputParser } from "@langchain/core/output_parsers";
import {
  Runnable,
  RunnableLambda,
  RunnableSequence,
  RunnableWithFallbacks,
} from "@langchain/core/runnables";
import { FakeListChatModel, FakeStreamingChatModel } from "@langchain/core/utils/testing";
import { Serializable } from "@langchain/core/load/serializable";
import { CallbackManager } from "@langchain/core/callbacks/manager";
import { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { AsyncLocalStorageProviderSingleton } from "@langchain/core/singletons";
import {
  Command,
  END,
  interrupt,
  MemorySaver,
  MessagesAnnotation,
  START,
  StateGraph,
} from "@langchain/langgraph";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { keepingSink } from "../../testing/keeping-sink.ts";
import { reward } from "../../recording/manual-spans.ts";
import { createTracer } from "../../recording/create-tracer.ts";
import { chainModules } from "./langchain.ts";
import { readMessages } from "../../messages/read-messages.ts";
import { ChainRecorder } from "./recorder.ts";
import { ModelCalls } from "../model-calls.ts";

const noAssign = (): void => undefined;

let undo: (() => void)[] = [];
afterEach(() => {
  for (const one of undo.splice(0)) one();
});

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Watches the real package, as it is loaded here. */
function watch() {
  const sink = keepingSink();
  const tracer = createTracer({ sink });
  const tools = { tracer, calls: new ModelCalls(), agent: "script" };
  const recorder = new ChainRecorder(tools);
  const context = { AsyncLocalStorageProviderSingleton, Serializable };
  const chains = { Runnable, RunnableSequence, RunnableWithFallbacks };
  const values = { CallbackManager, BaseChatModel, ...context, ...chains };
  undo = chainModules(recorder, tools).map((one) => one.found(values, "1.0.0", noAssign));
  return {
    tracer,
    tools,
    recorder,
    spans: () => sink.spans.toSorted((a, b) => a.sequence - b.sequence),
    traces: () => [...new Map(sink.heads.map((head) => [head.id, head])).values()],
  };
}

const model = (answer: string) => new FakeListChatModel({ responses: [answer] });

describe("labels of a run of LangChain", () => {
  it.each([
    ["alone", []],
    ["beside a handler of the app's", [{ handleChainEnd: () => undefined }]],
  ])(
    "come from its configuration, without what LangChain adds itself, %s",
    async (_, callbacks) => {
      const { traces } = watch();
      const chain = RunnableSequence.from([(text: string) => text, model("hi")]);
      await chain.invoke("Hello.", {
        callbacks,
        tags: ["vip"],
        metadata: { user_id: "ada", plan: "pro" },
        configurable: { thread_id: "t1" },
      });
      const [{ session, user, tags, metadata }] = traces() as [ReturnType<typeof traces>[number]];
      expect({ session, user, tags }).toEqual({
        session: "t1",
        user: "ada",
        tags: ["langchain", "vip"],
      });
      expect(metadata).toMatchObject({ plan: "pro" });
      expect(Object.keys(metadata).filter((name) => /^(ls_|lc_|langgraph_)/.test(name))).toEqual(
        [],
      );
    },
  );
});

describe("runs of LangChain", () => {
  it("are a trace from the outermost on, whatever is nested in it", async () => {
    const { spans, traces } = watch();
    const shout = tool(
      async ({ text }: { text: string }) => {
        reward(1, { type: "tool" });
        return (await model("LOUD").invoke(text)).text;
      },
      { name: "shout", description: "Shouts.", schema: z.object({ text: z.string() }) },
    );
    const inner = new StateGraph(MessagesAnnotation)
      .addNode("deep", async () => {
        await shout.invoke({ text: "hey" });
        return { messages: [] };
      })
      .addEdge(START, "deep")
      .addEdge("deep", END)
      .compile();
    const outer = new StateGraph(MessagesAnnotation)
      .addNode("sub", inner)
      .addEdge(START, "sub")
      .addEdge("sub", END)
      .compile({ name: "outer" });
    await outer.invoke({ messages: [new HumanMessage("Say hey.")] });
    expect(traces()).toMatchObject([
      { agent: "outer", task: "Say hey.", status: "completed", tags: ["langchain"] },
    ]);
    const [shouted, rewarded, asked] = spans();
    expect(shouted).toMatchObject({
      kind: "tool",
      toolName: "shout",
      arguments: { text: "hey" },
      result: "LOUD",
      attributes: { langgraph_node: "deep" },
    });
    expect(rewarded).toMatchObject({ kind: "reward", parentId: shouted!.id });
    expect(asked).toMatchObject({
      kind: "prompt",
      input: [{ role: "user", content: "hey" }],
      output: [{ role: "assistant", content: "LOUD" }],
      parentId: shouted!.id,
    });
  });

  it("without a name bear the script's; a model asked alone is a trace", async () => {
    const { spans, traces } = watch();
    await model("Hi.").invoke("Hello?");
    expect(traces()).toMatchObject([{ agent: "script", task: "Hello?", status: "completed" }]);
    expect(spans()).toMatchObject([{ output: [{ content: "Hi." }] }]);
  });

  it("belong to the trace around them", async () => {
    const { tracer, spans, traces } = watch();
    const outer = tracer.trace({ agent: "outer", task: "t" });
    await tracer.within(outer, undefined, () => model("Hi.").invoke("Hello?"));
    expect(traces()).toMatchObject([{ agent: "outer", status: "running" }]);
    expect(spans()).toHaveLength(1);
  });

  it("fail with the error of the outermost", async () => {
    const { traces } = watch();
    const chain = RunnableLambda.from(() => {
      throw new RangeError("too far");
    });
    await expect(chain.invoke("go")).rejects.toThrow("too far");
    expect(traces()).toMatchObject([
      { task: "go", status: "failed", error: { message: "too far", type: "RangeError" } },
    ]);
  });

  it("record what a retriever found as a tool's result", async () => {
    const { spans } = watch();
    class Shelf extends BaseRetriever {
      lc_namespace = ["test"];
      override async _getRelevantDocuments(): Promise<Document[]> {
        return [new Document({ pageContent: "A page.", metadata: { page: 3 } })];
      }
    }
    await new Shelf().invoke("pages");
    expect(spans()).toMatchObject([
      {
        kind: "tool",
        toolName: "Shelf",
        arguments: { query: "pages" },
        result: [{ pageContent: "A page.", metadata: { page: 3 } }],
      },
    ]);
  });

  it("that wait for a person did not fail", async () => {
    const { spans, traces } = watch();
    const confirm = tool(() => String(interrupt("Really?")), {
      name: "confirm",
      description: "Asks a person.",
      schema: z.object({}),
    });
    const graph = new StateGraph(MessagesAnnotation)
      .addNode("ask", async () => ({ messages: [new AIMessage(await confirm.invoke({}))] }))
      .addEdge(START, "ask")
      .compile({ checkpointer: new MemorySaver(), name: "careful" });
    const options = { configurable: { thread_id: "7" } };
    await graph.invoke({ messages: [] }, options);
    await graph.invoke(new Command({ resume: "yes" }), options);
    expect(traces()).toMatchObject([
      { agent: "careful", status: "completed", metadata: { thread_id: "7" } },
      { agent: "careful", status: "completed" },
    ]);
    const [asked, answered] = spans();
    expect(asked).toMatchObject({ attributes: { "langgraph.signal": "GraphInterrupt" } });
    expect(asked).not.toHaveProperty("error");
    expect(answered).toMatchObject({ toolName: "confirm", result: "yes" });
  });

  it("whose stream is left early are cancelled, with what came", async () => {
    const { spans, traces } = watch();
    const chunks = ["One ", "two ", "three"].map((text) => new AIMessageChunk(text));
    const streaming = new FakeStreamingChatModel({ chunks });
    let read = "";
    for await (const chunk of await streaming.stream("Count.")) {
      read += chunk.text;
      if (read.includes("two")) break;
    }
    expect(traces()).toMatchObject([{ status: "cancelled" }]);
    expect(spans()).toMatchObject([{ attributes: { "hone.stopped": "by the consumer" } }]);
    const [{ output } = {} as never] = spans() as { output?: { content: string }[] }[];
    expect(output?.[0]?.content).toMatch(/^One two /);
  });

  it("whose stream breaks fail, with what came", async () => {
    class Breaking extends FakeStreamingChatModel {
      override async *_streamResponseChunks(
        ...given: Parameters<FakeStreamingChatModel["_streamResponseChunks"]>
      ) {
        yield* super._streamResponseChunks(...given);
        throw Object.assign(new Error("connection lost"), { code: "ECONNRESET" });
      }
    }
    const { spans, traces } = watch();
    const breaking = new Breaking({
      chunks: ["One ", "two "].map((text) => new AIMessageChunk(text)),
    });
    const read = async (): Promise<void> => {
      for await (const _ of await breaking.stream("Count."));
    };
    await expect(read()).rejects.toThrow("connection lost");
    expect(traces()).toMatchObject([{ status: "failed" }]);
    expect(spans()).toMatchObject([
      {
        output: [{ content: "One two " }],
        error: { message: "connection lost", code: "ECONNRESET" },
      },
    ]);
  });

  describe("of chains whose stream is left", () => {
    const chunks = ["One ", "two ", "three"].map((text) => new AIMessageChunk(text));
    const streaming = () => new FakeStreamingChatModel({ chunks });
    const prompt = ChatPromptTemplate.fromMessages([["user", "{task}"]]);
    const chains: Record<string, () => Runnable> = {
      "prompt | model": () => prompt.pipe(streaming()),
      "prompt | model | parser": () => prompt.pipe(streaming()).pipe(new StringOutputParser()),
      "with a configuration": () => prompt.pipe(streaming()).withConfig({ tags: ["mine"] }),
    };

    it.each(Object.keys(chains))("are cancelled at once: %s", async (name) => {
      const { recorder, spans, traces, tools } = watch();
      for await (const _ of await chains[name]!().stream({ task: "Count." })) break;
      expect(traces()).toMatchObject([{ status: "cancelled" }]);
      expect(spans()).toMatchObject([
        { kind: "prompt", attributes: { "hone.stopped": "by the consumer" } },
      ]);
      expect(recorder.open).toBe(0);
      expect(tools.calls.unclaimed()).toBeUndefined();
    });

    it("are cancelled with fallbacks, whose own stream LangChain does not leave", async () => {
      const { recorder, spans, traces, tools } = watch();
      const chain = prompt.pipe(streaming()).withFallbacks([model("x")]);
      for await (const _ of await chain.stream({ task: "Count." })) break;
      expect(traces()).toMatchObject([{ status: "cancelled" }]);
      expect(spans()).toMatchObject([{ attributes: { "hone.stopped": "by the consumer" } }]);
      expect(tools.calls.unclaimed()).toBeUndefined();
      await expect.poll(() => (collect(), recorder.open)).toBe(0);
    });

    it("by an abort are cancelled", async () => {
      const { recorder, traces } = watch();
      const controller = new AbortController();
      const chain = prompt.pipe(streaming()).pipe(new StringOutputParser());
      const read = async (): Promise<void> => {
        const { signal } = controller;
        for await (const _ of await chain.stream({ task: "Count." }, { signal })) {
          controller.abort(new RangeError("the user left"));
        }
      };
      await expect(read()).rejects.toThrow("the user left");
      await expect.poll(traces).toMatchObject([{ status: "cancelled" }]);
      expect(recorder.open).toBe(0);
    });

    it("of events, too", async () => {
      const { recorder, traces } = watch();
      const chain = prompt.pipe(streaming()).pipe(new StringOutputParser());
      for await (const { event } of chain.streamEvents({ task: "Count." }, { version: "v2" })) {
        if (event === "on_chat_model_stream") break;
      }
      await expect.poll(traces).toMatchObject([{ status: "cancelled" }]);
      await expect.poll(() => recorder.open).toBe(0);
    });

    it("go on where the chain is a part of another run", async () => {
      const { recorder, spans, traces } = watch();
      const chain = prompt.pipe(streaming());
      const outer = RunnableLambda.from(async () => {
        for await (const _ of await chain.stream({ task: "Count." })) break;
        return (await model("Done.").invoke("Go on.")).text;
      });
      expect(await outer.invoke("x")).toBe("Done.");
      expect(traces()).toMatchObject([{ status: "completed" }]);
      expect(spans()).toMatchObject([
        { attributes: { "hone.stopped": "by the consumer" } },
        { output: [{ content: "Done." }] },
      ]);
      expect(recorder.open).toBe(0);
    });

    it("leave nothing behind, two hundred of them", async () => {
      const { recorder, tools, traces } = watch();
      const chain = prompt.pipe(streaming()).pipe(new StringOutputParser());
      for (let i = 0; i < 200; i++) {
        for await (const _ of await chain.stream({ task: `${i}` })) break;
      }
      expect(recorder.open).toBe(0);
      expect(tools.calls.unclaimed()).toBeUndefined();
      expect(new Set(traces().map(({ status }) => status))).toEqual(new Set(["cancelled"]));
    });

    it("and dropped are cancelled when they are collected", async () => {
      const { recorder, tools, traces, spans } = watch();
      const drop = async (): Promise<void> => {
        const stream = await prompt.pipe(streaming()).stream({ task: "Count." });
        await stream.next();
      };
      for (let i = 0; i < 20; i++) await drop();
      await expect.poll(() => (collect(), recorder.open)).toBe(0);
      expect(tools.calls.unclaimed()).toBeUndefined();
      expect(traces()).toHaveLength(20);
      expect(traces()[0]).toMatchObject({ status: "cancelled" });
      expect(spans()[0]).toMatchObject({ output: [{ content: expect.stringContaining("One") }] });
    });
  });

  it("of which nothing is heard for a quarter of an hour are over; while a tool runs, for a day", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    try {
      const { recorder, tools, traces } = watch();
      const run = { parentId: undefined, tags: [], metadata: {}, name: "idle", given: "Wait." };
      recorder.chainStarted({ ...run, id: "chain" });
      recorder.modelStarted({ ...run, id: "model", parentId: "chain" }, "Wait.", {});
      recorder.chainStarted({ ...run, id: "busy" });
      recorder.toolStarted({ ...run, id: "tool", parentId: "busy" }, "{}");
      vi.advanceTimersByTime(800_000);
      recorder.chainStarted({ ...run, id: "later" });
      vi.advanceTimersByTime(100_001);
      expect(tools.calls.unclaimed()).toBeUndefined();
      expect(traces().map(({ status }) => status)).toEqual(["cancelled", "running", "running"]);
      expect(recorder.open).toBe(3);
      vi.advanceTimersByTime(800_000);
      expect(traces().map(({ status }) => status)).toEqual(["cancelled", "running", "cancelled"]);
      recorder.toolEnded("tool", "done");
      recorder.chainEnded("busy");
      expect(recorder.open).toBe(0);
      recorder.toolStarted({ ...run, id: "hanging" }, "{}");
      vi.advanceTimersByTime(86_400_000 - 1);
      expect(recorder.open).toBe(1);
      vi.advanceTimersByTime(1);
      expect(traces().at(-1)).toMatchObject({ task: "Wait.", status: "cancelled" });
      expect(recorder.open).toBe(0);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it("of a graph whose stream is left early are cancelled", async () => {
    const { traces } = watch();
    const slow = new FakeListChatModel({ responses: ["one two three"], sleep: 2 });
    const graph = new StateGraph(MessagesAnnotation)
      .addNode("ask", async ({ messages }) => ({ messages: [await slow.invoke(messages)] }))
      .addEdge(START, "ask")
      .compile();
    const asked = { messages: [new HumanMessage("Count.")] };
    for await (const _ of await graph.stream(asked, { streamMode: "messages" })) break;
    await expect.poll(traces).toMatchObject([{ status: "cancelled" }]);
  });

  it("know the call in which their model's code runs, however many run", async () => {
    const { tools, spans } = watch();
    const seen: string[] = [];
    class Asking extends FakeListChatModel {
      override async _generate(...given: Parameters<FakeListChatModel["_generate"]>) {
        await new Promise((done) => setTimeout(done, 5));
        seen.push(`${given[0].at(-1)!.text} ${tools.calls.current()?.id}`);
        return super._generate(...given);
      }
    }
    const asking = new Asking({ responses: ["x"] });
    await Promise.all([asking.invoke("a"), asking.invoke("b"), asking.invoke("c")]);
    const own = spans().map((span) =>
      span.kind === "prompt" && typeof span.input === "object"
        ? `${span.input[0]!.content} ${span.id}`
        : span.kind,
    );
    expect(seen.toSorted()).toEqual(own.toSorted());
  });

  it("are not asked for their JSON unless a handler of the app's wants it", async () => {
    const { traces } = watch();
    class Guarded extends FakeListChatModel {
      override lc_serializable = true;
      override get lc_secrets(): Record<string, string> {
        throw new Error("no secrets are told");
      }
    }
    const guarded = new Guarded({ responses: ["Hi."] });
    const chain = RunnableLambda.from((text: string) => text).pipe(guarded);
    expect((await chain.invoke("Hello?")).text).toBe("Hi.");
    expect(traces()).toMatchObject([{ status: "completed" }]);
    // By itself, and for the app's own handlers, it is as ever.
    expect(() => JSON.stringify(guarded)).toThrow("no secrets are told");
    let seen: unknown;
    const handleChatModelStart = (llm: unknown): void => void (seen = llm);
    await model("Hi.").invoke("Hello?", { callbacks: [{ handleChatModelStart }] });
    expect(seen).toMatchObject({ type: "constructor", kwargs: { responses: ["Hi."] } });
    await expect(
      guarded.invoke("Hello?", { callbacks: [{ handleChatModelStart }] }),
    ).rejects.toThrow("no secrets are told");
  });

  it.each([
    ["alone", [], 0],
    ["with the app's handlers", [{ handleToolStart: () => undefined }], 1],
  ])(
    "record a tool whose arguments are no JSON, and say nothing: %s",
    async (_, callbacks, said) => {
      const { spans, traces, recorder } = watch();
      const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
      try {
        const count = tool(({ to }: { to: bigint }) => String(to), {
          name: "count",
          description: "Counts.",
          schema: z.object({ to: z.bigint(), all: z.unknown() }),
        });
        const all: Record<string, unknown> = {};
        all["self"] = all;
        expect(await count.invoke({ to: 3n, all }, { callbacks })).toBe("3");
        // What LangChain says of the app's own handler it says without hone, too.
        expect(warn).toHaveBeenCalledTimes(said);
      } finally {
        warn.mockRestore();
      }
      expect(spans()).toMatchObject([
        { toolName: "count", arguments: { to: "3", all: { self: "[circular]" } }, result: "3" },
      ]);
      expect(traces()).toMatchObject([{ status: "completed" }]);
      expect(recorder.open).toBe(0);
    },
  );

  it("leave the app's own callbacks as they are", async () => {
    watch();
    const heard: string[] = [];
    const callbacks = CallbackManager.fromHandlers({ handleLLMEnd: () => void heard.push("own") });
    await model("Hi.").invoke("Hello?", { callbacks });
    expect(heard).toEqual(["own"]);
    expect(callbacks.handlers).toHaveLength(1);
  });
});

describe("messages of LangChain", () => {
  it("are read in all their forms", () => {
    const answer = new AIMessage({
      content: [
        { type: "thinking", thinking: "Hm." },
        { type: "text", text: "I look." },
        { type: "tool_use", id: "c1", name: "look", input: { at: 1 } },
      ],
      tool_calls: [{ id: "c1", name: "look", args: { at: 1 } }],
    });
    const seen = new HumanMessage({
      content: [
        { type: "text", text: "See" },
        { type: "image_url", image_url: { url: "https://x/y.png" } },
        { type: "image", source: { type: "base64", media_type: "image/png", data: "AA==" } },
      ],
    });
    const result = new ToolMessage({ content: "a cat", tool_call_id: "c1" });
    expect(readMessages(["Hi.", ["system", "Be kind."], seen, answer, result])).toEqual([
      { role: "user", content: "Hi." },
      { role: "system", content: "Be kind." },
      {
        role: "user",
        content: "See",
        images: [
          { url: "https://x/y.png" },
          { url: "data:image/png;base64,AA==", mediaType: "image/png" },
        ],
      },
      {
        role: "assistant",
        content: "I look.",
        reasoning: "Hm.",
        toolCalls: [{ id: "c1", name: "look", arguments: '{"at":1}' }],
      },
      { role: "tool", content: "a cat", toolCallId: "c1" },
    ]);
  });
});
