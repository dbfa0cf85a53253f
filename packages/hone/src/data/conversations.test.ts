import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import type { PreferencePair } from "../core/preference.ts";
import { writePreferences } from "../formats/preference-format.ts";
import { readConversations } from "./conversations.ts";
import { holdOut } from "./held-out.ts";

const root = mkdtempSync(join(tmpdir(), "hone-conversations-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const good = '{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}';

function file(text: string | Buffer): string {
  const path = join(root, "chats.jsonl");
  writeFileSync(path, text);
  return path;
}

describe("a file of conversations", () => {
  it("holds one a line, with a weight of 1 unless it says another; empty lines are none", async () => {
    const weighted = good.replace('"b"}]', '"c"}],"weight":2.5');
    const path = file(`\uFEFF${good}\r\n\n${weighted}\n`);
    const { conversations } = await readConversations(path);
    const said = (content: string) => [
      { role: "user", content: "a" },
      { role: "assistant", content },
    ];
    expect(conversations).toEqual([
      { line: 1, messages: said("b"), weight: 1 },
      { line: 3, messages: said("c"), weight: 2.5 },
    ]);
  });

  it("may hold reasoning and tool calls in the common spelling", async () => {
    const called = { id: "1", type: "function", function: { name: "add", arguments: "[2,2]" } };
    const messages = [
      { role: "assistant", content: null, reasoning_content: "hm", tool_calls: [called] },
      { role: "tool", content: "4", tool_call_id: "1" },
    ];
    const { conversations } = await readConversations(file(JSON.stringify({ messages })));
    const toolCalls = [{ id: "1", name: "add", arguments: "[2,2]" }];
    expect(conversations[0]!.messages).toEqual([
      {
        role: "assistant",
        content: "",
        reasoning: "hm",
        toolCalls,
        written: JSON.stringify(messages[0]),
      },
      { role: "tool", content: "4", toolCallId: "1", written: JSON.stringify(messages[1]) },
    ]);
  });

  it("is known by its bytes", async () => {
    const { digest } = await readConversations(file(good));
    expect((await readConversations(file(`${good}\n`))).digest).not.toBe(digest);
    expect((await readConversations(file(good))).digest).toBe(digest);
  });

  it.each([
    ["nothing", "\n \n", /^DATA_EMPTY: .*chats\.jsonl is empty/],
    ["no UTF-8", Buffer.from([0xff, 0xfe]), /^DATA_UNREADABLE: .*chats\.jsonl/],
    ["a line that is no JSON", `${good}\nhello\n`, /^DATA_LINE_INVALID: .*:2: it is not JSON/],
    ["a line cut off", `${good}\n{"messages"\n`, /:2:12: it is not JSON \(Expected ':'/],
    ["a line that is no object", "1\n", /:1: expected object, received number, got 1/],
    ["a list of other things", "[\n  1\n]", /:2: expected object, received number, got 1/],
    ["no messages", '{"messages":[]}', /:1:13: messages: Too small/],
    ["a conversation without an assistant", good.replace("assistant", "user"), /no assistant/],
    [
      "a role that there is not",
      good.replace("user", "bot"),
      /:1:22: messages\[0\]\.role: .*"bot"/,
    ],
    ["content that is no text", good.replace('"b"', "4"), /:1:74: messages\[1\]\.content: .*got 4/],
    [
      "content missing",
      good.replace(',"content":"b"', ""),
      /messages\[1\]\.content: .*got nothing/,
    ],
    ["a weight of 0", good.replace("]}", '],"weight":0}'), /: weight: Too small: .*got 0\./],
  ])("is refused with %s", async (_, text, message) => {
    await expect(readConversations(file(text))).rejects.toThrow(message);
  });

  it("is refused where it is not there", async () => {
    const path = join(root, "none.jsonl");
    await expect(readConversations(path)).rejects.toThrow(/^DATA_UNREADABLE: .*none\.jsonl/);
  });

  it("names an unknown key with its path, line and column, and the keys there are", async () => {
    const refusal = async (line: string): Promise<unknown> =>
      readConversations(file(`${good}\n${line}`)).catch((error: unknown) => error);
    expect(await refusal(good.replace("]}", '], "weigth": 2}'))).toMatchObject({
      code: "DATA_LINE_INVALID",
      facts: {
        key: "weigth",
        line: 2,
        column: 81,
        known: [
          "messages",
          "tools",
          "parallel_tool_calls",
          "chat_template_kwargs",
          "weight",
          "reward",
        ],
      },
    });
    // A misspelt key is the cause of the missing one.
    expect(await refusal(good.replace('"content":"b"', '"contents":"b"'))).toMatchObject({
      code: "DATA_LINE_INVALID",
      facts: { key: "messages[1].contents", line: 2, column: 64 },
    });
    const call = '"b","tool_calls":[{"id":"1","function":{"name":"f","arguments":"","x":1}}]';
    expect(await refusal(good.replace('"b"', call))).toMatchObject({
      facts: { key: "messages[1].tool_calls[0].function.x", known: ["name", "arguments"] },
    });
    expect(await refusal('{"mesages":[]}')).toMatchObject({
      code: "DATA_LINE_INVALID",
      facts: { key: "mesages", line: 2, column: 2 },
    });
    const shareGpt = '{"conversations":[{"from":"human","value":"a","speaker":"x"}]}';
    expect(await refusal(shareGpt)).toMatchObject({
      facts: { key: "conversations[0].speaker", column: 47, known: ["from", "value", "weight"] },
    });
  });
});

describe("held-out conversations", () => {
  const conversations = Array.from({ length: 30 }, (_, i) => ({
    line: i + 1,
    // Three of each.
    messages: [{ role: "assistant", content: `${i % 10}` } as const],
    weight: 1,
  }));
  const contents = (some: readonly { messages: readonly { content: string }[] }[]) =>
    new Set(some.map(({ messages }) => messages[0]!.content));

  it("are a share of the different ones, by the seed, and none of them is learned", () => {
    const { train, test } = holdOut(conversations, { share: 0.3, max: 100, seed: 1 });
    expect(test).toHaveLength(3);
    expect(train).toHaveLength(30 - 3 * 3);
    expect([...contents(train)].every((content) => !contents(test).has(content))).toBe(true);
    expect(holdOut(conversations, { share: 0.3, max: 100, seed: 1 }).test).toEqual(test);
    const others = [2, 3, 4].map((seed) => holdOut(conversations, { share: 0.3, max: 100, seed }));
    expect(others.some((other) => other.test[0]!.line !== test[0]!.line)).toBe(true);
  });

  it("are at least one, at most as many as asked for, and never all", () => {
    const count = (share: number, max: number) =>
      holdOut(conversations, { share, max, seed: 0 }).test.length;
    expect(count(0.001, 100)).toBe(1);
    expect(count(0.9, 2)).toBe(2);
    expect(holdOut(conversations.slice(0, 2), { share: 0.9, max: 9, seed: 0 }).test).toHaveLength(
      1,
    );
    const same = [conversations[0]!, conversations[10]!];
    expect(holdOut(same, { share: 0.5, max: 9, seed: 0 }).test).toEqual([]);
  });
});

describe("other forms of files", () => {
  const refusalOf = async (text: string): Promise<string> =>
    readConversations(file(text)).then(
      () => "read",
      (error: unknown) => String(error).split("\n")[0]!,
    );

  it("hold texts without a template: prompt and completion, pairs of texts, or text alone", async () => {
    const lines = [
      { prompt: "2 + 2 =", completion: " 4" },
      { prompt: "sky:", chosen: " blue", rejected: " red" },
      { text: "Once" },
    ];
    const text = lines.map((line) => JSON.stringify(line)).join("\n");
    const { conversations } = await readConversations(file(text));
    const said = (content: string, reply: string) => [
      { role: "user", content },
      { role: "assistant", content: reply },
    ];
    expect(conversations).toMatchObject([
      { messages: said("2 + 2 =", " 4"), isPlain: true },
      { messages: said("sky:", " blue"), rejected: said("sky:", " red"), isPlain: true },
      { messages: [{ role: "assistant", content: "Once" }], isPlain: true },
    ]);
  });

  it("hold OpenAI's pairs, whose prompt is context", async () => {
    const line = {
      input: { messages: [{ role: "user", content: "a" }], tools: [], parallel_tool_calls: true },
      preferred_output: [{ role: "assistant", content: "b" }],
      non_preferred_output: [{ role: "assistant", content: "c" }],
    };
    const { conversations } = await readConversations(file(JSON.stringify(line)));
    expect(conversations[0]).toMatchObject({
      messages: [{ content: "a" }, { content: "b" }],
      rejected: [{ content: "a" }, { content: "c" }],
    });
  });

  it("may be gzipped", async () => {
    const { conversations } = await readConversations(file(gzipSync(good)));
    expect(conversations).toHaveLength(1);
  });

  it("pair several calls of ShareGPT with their results, in order", async () => {
    const calls = '[{"name":"f","arguments":{"n":5.0}},{"name":"g"}]';
    const conversations = [
      { from: "human", value: "q" },
      { from: "function_call", value: calls },
      { from: "observation", value: "1" },
      { from: "tool", value: "2" },
      { from: "gpt", value: "a" },
    ];
    const read = await readConversations(file(JSON.stringify({ conversations })));
    expect(read.conversations[0]!.messages).toMatchObject([
      { role: "user" },
      {
        toolCalls: [
          { name: "f", arguments: '{"n":5.0}' },
          { name: "g", arguments: "{}" },
        ],
      },
      { role: "tool", content: "1", toolCallId: "call_1" },
      { role: "tool", content: "2", toolCallId: "call_2" },
      { role: "assistant" },
    ]);
  });

  it.each([
    [
      "a call that is no JSON",
      "function_call",
      "buy",
      /conversations\[0\]\.value: .*JSON text of a/,
    ],
    ["an unknown speaker", "narrator", "x", /conversations\[0\]\.from: .*"narrator"/],
  ])("refuse %s", async (_, from, value, message) => {
    const conversations = [
      { from, value },
      { from: "gpt", value: "a" },
    ];
    expect(await refusalOf(JSON.stringify({ conversations }))).toMatch(message);
  });

  it.each([
    ["a picture", { content: [{ type: "image_url", image_url: { url: "x" } }] }, /content\[0\]/],
    ["a refusal, which no template writes", { content: "a", refusal: "no" }, /refusal: .*got "no"/],
    ["a weight other than 0 and 1", { content: "a", weight: 2 }, /weight: .*got 2/],
    ["nothing to learn", { content: "a", weight: 0 }, /nothing to learn/],
    ["calls that are no list", { content: null, tool_calls: {} }, /tool_calls: expected array/],
  ])("refuse %s", async (_, fields, message) => {
    const messages = [{ role: "assistant", ...fields }];
    expect(await refusalOf(JSON.stringify({ messages }))).toMatch(message);
  });

  it("refuse tools that are no list, and a text as the prompt of messages", async () => {
    const messages = [{ role: "assistant", content: "a" }];
    expect(await refusalOf(JSON.stringify({ messages, tools: "x" }))).toMatch(/tools: expected/);
    expect(await refusalOf(JSON.stringify({ prompt: "x", completion: messages }))).toMatch(
      /"prompt" and "completion" must both be/,
    );
  });
});

describe("hone's own files", () => {
  const pair: PreferencePair = {
    prompt: [{ role: "user", content: "sky?" }],
    chosen: [{ role: "assistant", content: "blue" }],
    rejected: [{ role: "assistant", content: "red" }],
    ...{
      source: "correction",
      task: "sky",
      rejectedTrace: "t",
      authors: ["ada"],
      at: 1,
      margin: 1,
    },
  };

  it("of pairs give the chosen answers; the rejected ones are handed over apart", async () => {
    const { conversations } = await readConversations(file(writePreferences([pair])));
    expect(conversations).toMatchObject([
      { line: 2, messages: [{ content: "sky?" }, { content: "blue" }], weight: 1 },
    ]);
    expect(conversations[0]!.rejected?.at(-1)).toEqual({ role: "assistant", content: "red" });
  });

  it("of another format are refused by its name", async () => {
    const text = '{"format":"hone.rewards","version":1}';
    await expect(readConversations(file(text))).rejects.toThrow(/:1: .*file of hone\.rewards/);
  });
});
