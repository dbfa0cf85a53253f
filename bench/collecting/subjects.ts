/** What is called with and without recording: each in the three ways in which apps are recorded. */
import { generateText, isStepCount, tool as aiTool } from "ai";
import { MockLanguageModelV4 } from "ai/test";
import { z } from "zod";
import { installAiSdk } from "../../packages/hone/src/hooks/ai-sdk/ai-sdk.ts";
import { installFetchTap } from "../../packages/hone/src/hooks/fetch/fetch-tap.ts";
import type { InstallHook } from "../../packages/hone/src/hooks/hook-tools.ts";
import { ModelCalls } from "../../packages/hone/src/hooks/model-calls.ts";
import type { ClosableTracer } from "../../packages/hone/src/recording/create-tracer.ts";
import { withTraces } from "../../packages/hone/src/recording/with-traces.ts";
import { agent, askedIn } from "./agent.ts";

/** One call of the subject; gives the characters of its answer, so that nothing of it can be left out. */
export type Call = (number: number) => Promise<number>;

export interface Subject {
  readonly plain: Call;
  /** The same call, recorded from now on until `end`. */
  record(tracer: ClosableTracer): { readonly call: Call; end(): void };
}

export type SubjectName = "withTraces" | "fetch" | "ai-sdk";

export const subjects: Readonly<Record<SubjectName, () => Subject>> = {
  withTraces: () => ({
    plain: chat(agent),
    record: (tracer) => ({ call: chat(withTraces(agent, { tracer })), end: () => undefined }),
  }),
  fetch: () => {
    // The network's place is taken by an answer that is there already.
    globalThis.fetch = async () =>
      Response.json({ id: `chatcmpl-${Math.random()}`, ...completion }, { status: 200 });
    return hooked(installFetchTap, async (number) => {
      const body = JSON.stringify({ model: "bench", messages: askedIn(number), temperature: 0.5 });
      const init = { method: "POST", headers: { "content-type": "application/json" }, body };
      const answer = await fetch("http://127.0.0.1:1/v1/chat/completions", init);
      return (await answer.text()).length;
    });
  },
  "ai-sdk": () =>
    hooked(installAiSdk, async (number) => {
      const [system, user] = askedIn(number);
      const { text } = await generateText({
        model: scriptedModel(),
        tools,
        stopWhen: isStepCount(3),
        system: system!.content,
        prompt: user!.content,
      });
      return text.length;
    }),
};

function hooked(install: InstallHook, call: Call): Subject {
  return {
    plain: call,
    record: (tracer) => ({
      call,
      end: install({ tracer, calls: new ModelCalls(), agent: "bench" }),
    }),
  };
}

const chat =
  (chatting: typeof agent): Call =>
  async (number) => {
    let characters = 0;
    for await (const { text } of chatting.chat(askedIn(number))) characters += text.length;
    return characters;
  };

const completion = {
  object: "chat.completion",
  model: "bench",
  choices: [
    {
      index: 0,
      finish_reason: "stop",
      message: { role: "assistant", content: "The third, by a metre. ".repeat(10) },
    },
  ],
  usage: { prompt_tokens: 420, completion_tokens: 60, total_tokens: 480 },
};

const tools = {
  tideTable: aiTool({
    description: "Tides of harbours",
    inputSchema: z.object({ harbours: z.number() }),
    execute: async () => ({ highest: "the third", metres: [Math.random(), 4.5, 5.75] }),
  }),
};

/** Calls the tool, then answers. */
function scriptedModel(): MockLanguageModelV4 {
  const usage = {
    inputTokens: { total: 420, noCache: 420, cacheRead: 0, cacheWrite: 0 },
    outputTokens: { total: 60, text: 60, reasoning: 0 },
  };
  let step = 0;
  return new MockLanguageModelV4({
    doGenerate: async () =>
      step++ === 0
        ? {
            content: [
              {
                type: "tool-call",
                toolCallId: "call-1",
                toolName: "tideTable",
                input: '{"harbours":3}',
              },
            ],
            finishReason: { unified: "tool-calls", raw: undefined },
            usage,
            warnings: [],
          }
        : {
            content: [{ type: "text", text: `The third, by ${Math.random()} metres.` }],
            finishReason: { unified: "stop", raw: undefined },
            usage,
            warnings: [],
          },
  });
}
