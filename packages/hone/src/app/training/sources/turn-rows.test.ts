/** Rows of one turn each against those of transformers; test/golden/turn_rows.py says how they were made. */
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { conversationRows, type RowsPer } from "../../../core/conversation-turns.ts";
import { type Conversation, readConversations } from "../../../data/conversations.ts";
import { readChatTemplate } from "../../../text/chat-template.ts";
import { makeRenderer } from "../../../text/renderer.ts";
import { openTokenizer } from "../../../text/tokenizer.ts";
import { checkRows } from "./check-rows.ts";

const golden = (name: string): string =>
  fileURLToPath(new URL(`../../../../../../test/golden/${name}`, import.meta.url));

interface PythonRow {
  readonly turn: number;
  readonly tokens: readonly number[];
  readonly mask: readonly number[];
}

const { conversations, templates } = JSON.parse(
  readFileSync(golden("turn-rows/rows.json"), "utf8"),
) as {
  readonly conversations: readonly unknown[];
  readonly templates: readonly {
    readonly template: string;
    readonly rows: readonly (readonly PythonRow[])[];
  }[];
};

let folder = "";
let file = "";
let read: readonly Conversation[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hone-turn-rows-"));
  await cp(golden("models/qwen3"), folder, { recursive: true });
  await writeFile(join(folder, "chat_template.jinja"), templates[0]!.template);
  file = join(folder, "chats.jsonl");
  await writeFile(file, conversations.map((messages) => JSON.stringify({ messages })).join("\n"));
  read = (await readConversations(file)).conversations;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const check = (rowsPer: RowsPer) => checkRows(folder, read, file, rowsPer);

describe("rows of one turn each, with a template that drops earlier reasoning", () => {
  it.each(["in a field", "inside the words"])(
    "have the tokens and masks of transformers: reasoning %s",
    async (where) => {
      const { template, rows } = templates[where === "in a field" ? 0 : 1]!;
      const tokenizer = await openTokenizer(folder);
      const made = (await readChatTemplate(folder))!;
      const renderer = makeRenderer(tokenizer, made.withSource(template));
      for (const [i, expected] of rows.entries()) {
        const { messages } = read[i]!;
        const ours = conversationRows(messages, read[i]!, "turn");
        expect(ours).toHaveLength(expected.length);
        for (const [j, { tokens, mask }] of expected.entries()) {
          const row = await renderer.conversation(ours[j]!.messages, ours[j]!.settings);
          expect(row).toEqual({ tokens, mask });
        }
      }
    },
  );

  it("are the way out that the error of whole conversations names, as it is typed", async () => {
    await expect(check("conversation")).rejects.toThrow(
      /^DATA_LINE_INVALID: .*:1: .*CHAT_TEMPLATE_LACKS: .*reasoning of messages\[1\].*--rows-per "turn"/,
    );
    expect(await check("turn")).toBeUndefined();
  });

  it("still refuse a template that leaves out what a turn teaches, or what a user says", async () => {
    const source = templates[0]!.template;
    const place = join(folder, "chat_template.jinja");
    await writeFile(place, source.replace("m.reasoning_content.strip()", "'...'"));
    await expect(check("turn")).rejects.toThrow(/:1: .*the reasoning of messages\[1\]/);
    await writeFile(
      place,
      source.replace("m.content or ''", "m.content[:0] if loop.first else m.content"),
    );
    await expect(check("turn")).rejects.toThrow(/:1: .*the words of messages\[0\]/);
    await writeFile(place, source);
  });
});
