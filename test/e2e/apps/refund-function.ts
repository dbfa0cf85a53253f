// The function of an agent on the AI SDK, which a process calls for task after task. Its tool adds a line to the file EFFECTS.
import { appendFileSync } from "node:fs";
import { openai } from "@ai-sdk/openai";
import { generateText, isStepCount, tool } from "ai";
import { z } from "zod";

const refund = tool({
  description: "Refunds an order.",
  inputSchema: z.object({ number: z.string() }),
  execute: ({ number }) => {
    appendFileSync(process.env["EFFECTS"]!, `refund ${number}\n`);
    return "really";
  },
});

export default async ({ question }: { readonly question: string }): Promise<string> => {
  const { text } = await generateText({
    model: openai.chat("gpt-5-mini"),
    prompt: question,
    tools: { refund },
    stopWhen: isStepCount(3),
  });
  return text;
};
