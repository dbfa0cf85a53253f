/** An agent made of the AI SDK in `withTraces`; prints what was recorded of each call as a line of JSON. */
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

const optionsOf = (messages: readonly ModelMessage[], abortSignal: AbortSignal) => ({
  model: createOpenAI().responses("m"),
  messages: [...messages],
  tools: { add },
  stopWhen: stepCountIs(3),
  maxRetries: 0,
  abortSignal,
});
const silent = { onError: () => undefined };

/** What the agent gives back. "aborted" is given up at its first text. */
const forms = {
  full: (messages: readonly ModelMessage[], signal: AbortSignal) =>
    streamText({ ...optionsOf(messages, signal), ...silent }).fullStream,
  text: (messages: readonly ModelMessage[], signal: AbortSignal) =>
    streamText({ ...optionsOf(messages, signal), ...silent }).textStream,
  result: (messages: readonly ModelMessage[], signal: AbortSignal) =>
    generateText(optionsOf(messages, signal)),
};

const asked = [{ role: "user" as const, content: "1 + 2?" }];

/** Calls the agents that the arguments name, one after another. */
for (const given of process.argv.slice(2)) {
  const controller = new AbortController();
  const sink = keepingSink();
  const isAborted = given === "aborted";
  const agent = forms[isAborted ? "full" : (given as keyof typeof forms)];
  const traced = withTraces(agent, { tracer: createTracer({ sink }), agent: "adder" });
  const answer = traced(asked, controller.signal);
  if (Symbol.asyncIterator in answer) {
    for await (const part of answer) {
      const isText = typeof part === "object" && part.type === "text-delta";
      if (isText && isAborted) controller.abort();
    }
  } else await answer;
  const spans = sink.spans.toSorted((a, b) => a.sequence - b.sequence);
  console.log(JSON.stringify({ spans, head: sink.heads.at(-1) }));
}
