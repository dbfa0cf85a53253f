/** Conversations, preferences and tasks as rows of CSV files, and Alpaca's form. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { readConversations } from "./conversations.ts";
import { readPairs, readRatedAnswers } from "./preference-files.ts";
import { csvText } from "./tables/csv.ts";
import { readTasks } from "./task-file.ts";

const root = mkdtempSync(join(tmpdir(), "hone-table-files-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function write(name: string, content: string | Buffer): string {
  const path = join(root, name);
  writeFileSync(path, content);
  return path;
}

const user = (content: string) => ({ role: "user", content });
const assistant = (content: string) => ({ role: "assistant", content });
const said = async (path: string) => (await readConversations(path)).conversations;

describe("a CSV file of conversations", () => {
  it("has texts, weights and rewards, quotes and line breaks in cells", async () => {
    const text = 'prompt,completion,weight,reward\n"2 +\n2 = ","""4""",2,\n3 = ,3,,0.5\n';
    const expected = [
      {
        ...{ line: 2, messages: [user("2 +\n2 = "), assistant('"4"')], isPlain: true },
        ...{ promptCount: 1, weight: 2 },
      },
      {
        ...{ line: 4, messages: [user("3 = "), assistant("3")], isPlain: true },
        ...{ promptCount: 1, weight: 1, reward: 0.5 },
      },
    ];
    expect(await said(write("chats.csv", text))).toEqual(expected);
    expect(await said(write("chats.csv.gz", gzipSync(text)))).toEqual(expected);
  });

  it("may hold messages and tools as JSON, which stay as they are written", async () => {
    const call = { id: "1", type: "function", function: { name: "add", arguments: { n: 2 } } };
    const messages = [user("a"), { role: "assistant", content: null, tool_calls: [call] }];
    const tools = [{ type: "function", function: { name: "add" } }];
    const cells = [JSON.stringify(messages), JSON.stringify(tools)];
    const [line] = await said(write("m.csv", csvText(["messages", "tools"], [cells])));
    const [json] = await said(write("m.jsonl", JSON.stringify({ messages, tools })));
    expect({ ...line, line: 1 }).toEqual(json);
    const prompt = JSON.stringify([user("q")]);
    const completion = JSON.stringify([assistant("r")]);
    const rows = csvText(["prompt", "completion"], [[prompt, completion]]);
    const [typed] = await said(write("pc.csv", rows));
    expect(typed!.messages).toEqual([{ ...user("q") }, assistant("r")]);
  });

  it("takes JSON that is no message for text", async () => {
    const rows = csvText(["prompt", "completion"], [["List: ", '[{"a": 1}]']]);
    const [one] = await said(write("json.csv", rows));
    expect(one!.messages.at(-1)!.content).toBe('[{"a": 1}]');
  });

  it.each([
    ["prompt,answer\na,b\n", /chats\.csv:2: it has the unknown key "answer"\. Known keys/],
    [
      "input_text,target_probability,target_reason,ground_truth_prob\na,0.5,energy,0.5\n",
      /chats\.csv:2: it is no conversation but a row of a table of meetings, which `npx hone run meetings --data` reads\./,
    ],
    ["prompt,completion,weight\na,b,heavy\n", /chats\.csv:2: weight: expected number.*"heavy"/],
    ["prompt,completion,weight\na,b,-1\n", /chats\.csv:2: weight: .*got -1/],
    ['messages\n"[{""role"": ""user"""\n', /chats\.csv:2: messages: the cell is not JSON/],
    ["prompt,completion\na,b\nc\n", /chats\.csv:3: it has 1 cells for 2 columns/],
    ["prompt,prompt\na,b\n", /chats\.csv:1: the column prompt is there twice/],
    ["prompt,completion\n", /DATA_EMPTY/],
    [",prompt,completion\n0,a,b\n", /chats\.csv:1: its column 1 has no name/],
  ])("is refused with its line: %j", async (text, problem) => {
    await expect(said(write("chats.csv", text))).rejects.toThrow(problem);
  });
});

describe("a CSV file of preferences", () => {
  it("has a chosen and a rejected answer, or labels", async () => {
    const pairs = "prompt,chosen,rejected,margin\n2 + 2 = ,4,5,0.5\n";
    expect((await readPairs(write("pairs.csv", pairs))).examples).toMatchObject([
      {
        ...{ line: 2, prompt: [user("2 + 2 = ")], chosen: [assistant("4")] },
        ...{ rejected: [assistant("5")], rewardMargin: 0.5 },
      },
    ]);
    const rated = "prompt,completion,label\nq ,a,True\nq ,b,0\n";
    const { examples } = await readRatedAnswers(write("rated.csv", rated));
    expect(examples.map(({ isDesirable }) => isDesirable)).toEqual([true, false]);
    const bad = readRatedAnswers(write("rated.csv", "prompt,completion,label\nq,a,maybe\n"));
    await expect(bad).rejects.toThrow(/rated\.csv:2: label: expected boolean.*"maybe"/);
  });
});

it("tasks of a CSV file have the texts of its cells as fields", async () => {
  const text = "id,question,answer,split\n1,2 + 2,04,train\n2,3 + 3,6,test\n";
  const { train, test } = await readTasks(write("tasks.csv", text), { share: 0, max: 0, seed: 0 });
  expect(train.map(({ task }) => task)).toEqual([{ id: "1", question: "2 + 2", answer: "04" }]);
  expect(test).toHaveLength(1);
});

describe("Alpaca's form", () => {
  const row = { instruction: "Add.", input: "2, 2", output: "4" };
  it("is one JSON list, lines or a CSV file", async () => {
    const expected = [{ line: 1, messages: [user("Add.\n2, 2"), assistant("4")], weight: 1 }];
    expect(await said(write("a.jsonl", JSON.stringify(row)))).toEqual(expected);
    expect(await said(write("a.json", JSON.stringify([row])))).toEqual(expected);
    const [one] = await said(write("a.csv", csvText(Object.keys(row), [Object.values(row)])));
    expect({ ...one, line: 1 }).toEqual(expected[0]);
  });

  it("says the line of what is wrong in a list, also behind blank lines", async () => {
    const list = `\n\n[${JSON.stringify(row)},\n{"instruction": 1, "output": "x"}]`;
    await expect(said(write("a.jsonl", list))).rejects.toThrow(/a\.jsonl:4:17: instruction/);
  });

  it("may have a system message and earlier turns", async () => {
    const more = { ...row, input: "", system: "Be brief.", history: [["Hi", "Hello"]] };
    expect(await said(write("a.jsonl", JSON.stringify(more)))).toMatchObject([
      {
        messages: [
          { role: "system", content: "Be brief." },
          ...[user("Hi"), assistant("Hello"), user("Add."), assistant("4")],
        ],
      },
    ]);
  });
});
