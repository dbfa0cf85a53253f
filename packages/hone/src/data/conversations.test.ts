import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
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
      { role: "assistant", content: "", reasoning: "hm", toolCalls },
      { role: "tool", content: "4", toolCallId: "1" },
    ]);
  });

  it("is known by its bytes", async () => {
    const { digest } = await readConversations(file(good));
    expect((await readConversations(file(`${good}\n`))).digest).not.toBe(digest);
    expect((await readConversations(file(good))).digest).toBe(digest);
  });

  it.each([
    ["nothing", "\n \n", /^DATA_EMPTY: .*chats\.jsonl got no data/],
    ["no UTF-8", Buffer.from([0xff, 0xfe]), /^DATA_UNREADABLE: .*chats\.jsonl/],
    ["a line that is no JSON", `${good}\nhello\n`, /^DATA_LINE_INVALID: .*:2: it is not JSON/],
    ["a line cut off", `${good}\n{"messages"\n`, /:2:12: it is not JSON \(Expected ':'/],
    ["a line that is no object", "[1]\n", /:1:1: expected object, received array, got \[1\]/],
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
      code: "CONFIG_UNKNOWN_KEY",
      facts: { key: "weigth", line: 2, column: 81, known: ["messages", "weight"] },
    });
    // A misspelt key is the cause of the missing one.
    expect(await refusal(good.replace('"content":"b"', '"contents":"b"'))).toMatchObject({
      code: "CONFIG_UNKNOWN_KEY",
      facts: { key: "messages[1].contents", line: 2, column: 64 },
    });
    const call = '"b","tool_calls":[{"id":"1","function":{"name":"f","arguments":"","x":1}}]';
    expect(await refusal(good.replace('"b"', call))).toMatchObject({
      facts: { key: "messages[1].tool_calls[0].function.x", known: ["name", "arguments"] },
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
