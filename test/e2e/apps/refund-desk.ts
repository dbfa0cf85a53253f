// An agent on the AI SDK, 6 or 7, whose tools have effects: each run of one adds a line to the file EFFECTS. It is asked what
// HONE_QUESTION or its argument says. FLAGS may hold "quiet" (no telemetry), "stream" and "one" (one tool only).
import { appendFileSync } from "node:fs";
import { openai } from "@ai-sdk/openai";
import { stepCountIs, streamText, generateText, tool } from "ai";
import { z } from "zod";

const ran = (what: string): void => appendFileSync(process.env["EFFECTS"]!, `${what}\n`);
const has = (flag: string): boolean => (process.env["FLAGS"] ?? "").includes(flag);

const mail = tool({
  description: "Writes to the customer.",
  inputSchema: z.object({ text: z.string() }),
  execute: async function* ({ text }) {
    ran(`mail ${text}`);
    yield "sending";
    yield "sent";
  },
});

async function main(): Promise<void> {
  const options = {
    model: openai.chat("gpt-5-mini"),
    ...(has("quiet") && { experimental_telemetry: { isEnabled: false } }),
    system: "Refund orders that did not arrive.",
    prompt: process.env["HONE_QUESTION"] ?? process.argv[2]!,
    maxOutputTokens: 80,
    stopWhen: stepCountIs(4),
    tools: {
      refund: tool({
        description: "Refunds an order.",
        inputSchema: z.object({ number: z.string(), euros: z.number().optional() }),
        execute: async ({ number }) => {
          ran(`refund ${number}`);
          if (number === "B-1") throw new Error("B-1 was refunded already.");
          return { refunded: number };
        },
      }),
      ...(!has("one") && { mail }),
    },
  };
  if (!has("stream")) {
    console.log((await generateText(options)).text);
    return;
  }
  for await (const text of streamText(options).textStream) process.stdout.write(text);
  console.log();
}

await main();
