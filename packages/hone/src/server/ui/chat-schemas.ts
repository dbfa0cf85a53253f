/** What the endpoint of chats is asked, and the events that it answers with. */
import { z } from "@hono/zod-openapi";

const chatMessage = z
  .object({ role: z.enum(["system", "user", "assistant"]), content: z.string() })
  .openapi("ChatMessage");

export const chatRequest = z
  .strictObject({
    run: z.string().describe("the name of its folder"),
    checkpoint: z
      .string()
      .min(1)
      .optional()
      .describe("a name; if left out what the run ended with, else its latest checkpoint"),
    conversation: z
      .string()
      .min(1)
      .max(100)
      .describe("chosen by the page: what was sampled in it before keeps its exact tokens"),
    messages: z
      .array(chatMessage)
      .min(1)
      .describe("the whole conversation; the last is the user's"),
    maxTokens: z.int().min(1).max(100_000).describe("longest reply, in tokens"),
    temperature: z.number().min(0).max(10).describe("0 takes the likeliest token"),
    seed: z.int().min(0).describe("decides every draw of the conversation"),
  })
  .openapi("ChatRequest");

const chatProgress = z.object({
  kind: z.literal("progress"),
  what: z.string().describe("as 'reading weights'"),
  share: z.number().optional().describe("the part that is done, 0 to 1"),
});

const chatText = z.object({
  kind: z.enum(["text", "reasoning"]),
  text: z.string().describe("what is new since the event before"),
});

const chatDone = z.object({
  kind: z.literal("done"),
  tokens: z.int(),
  seconds: z.number().describe("from the request to the last token, without loading"),
  stopReason: z.string().describe("stop, length, …"),
});

const chatProblem = z.object({
  kind: z.literal("problem"),
  code: z.string(),
  message: z.string(),
});

/** An event of a reply; the last one is `done` or `problem`. */
export const chatEvent = z
  .discriminatedUnion("kind", [chatProgress, chatText, chatDone, chatProblem])
  .openapi("ChatEvent");
