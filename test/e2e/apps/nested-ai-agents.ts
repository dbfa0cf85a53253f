/** An agent of the AI SDK that is a tool of another; a tool gives a reward by hone's own hand. */
import { openai } from "@ai-sdk/openai";
import { ToolLoopAgent, tool } from "ai";
import { z } from "zod";
import { reward } from "../../../packages/hone/src/tracing.ts";

const add = tool({
  description: "Adds two numbers",
  inputSchema: z.object({ a: z.number(), b: z.number() }),
  execute: async ({ a, b }) => {
    reward(1, { type: "tool" });
    return a + b;
  },
});

const calculator = new ToolLoopAgent({ model: openai("small"), tools: { add } });

const ask = tool({
  description: "Asks someone who can calculate",
  inputSchema: z.object({ question: z.string() }),
  execute: async ({ question }) => {
    const { text } = await calculator.generate({ prompt: question });
    return text;
  },
});

const teacher = new ToolLoopAgent({ model: openai("large"), tools: { ask } });
const { text } = await teacher.generate({ prompt: "What is 1 + 2?" });
console.log(text);
