/** An agent made of the AI SDK in `withTraces`; prints what was recorded of one call as JSON. */
import { createOpenAI } from "@ai-sdk/openai";
import { generateText, type ModelMessage, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";
import { keepingSink } from "../../../packages/hone/src/testing/keeping-sink.ts";
import { createTracer } from "../../../packages/hone/src/recording/create-tracer.ts";
import { withTraces } from "../../../packages/hone/src/recording/with-traces.ts";

const add = tool({
  description: "Adds two numbers",
  inputSchema: z.object({ a: z.number(), b: z.number() }),
  async *execute({ a, b }) {
    yield { progress: "adding" };
    yield { sum: a + b };
  },
});

const controller = new AbortController();
const sink = keepingSink();
const tracer = createTracer({ sink });

const optionsOf = (messages: readonly ModelMessage[]) => ({
  model: createOpenAI().responses("m"),
  messages: [...messages],
  tools: { add },
  stopWhen: stepCountIs(3),
  maxRetries: 0,
  abortSignal: controller.signal,
});
const silent = { onError: () => undefined };

/** What the agent gives back. */
const forms = {
  full: (messages: readonly ModelMessage[]) =>
    streamText({ ...optionsOf(messages), ...silent }).fullStream,
  text: (messages: readonly ModelMessage[]) =>
    streamText({ ...optionsOf(messages), ...silent }).textStream,
  result: (messages: readonly ModelMessage[]) => generateText(optionsOf(messages)),
};

const form = process.argv[2] as keyof typeof forms;
const asked = [{ role: "user" as const, content: "1 + 2?" }];
const answer = withTraces(forms[form], { tracer, agent: "adder" })(asked);
if (Symbol.asyncIterator in answer) {
  for await (const part of answer) {
    const isText = typeof part === "object" && part.type === "text-delta";
    if (isText && process.argv.includes("--abort")) controller.abort();
  }
} else await answer;

const spans = sink.spans.toSorted((a, b) => a.sequence - b.sequence);
console.log(JSON.stringify({ spans, head: sink.heads.at(-1) }));
