import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readConversations } from "./conversations.ts";
import { readPairs, readRatedAnswers } from "./preference-files.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hone-preferences-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function write(...lines: readonly unknown[]): Promise<string> {
  const file = join(folder, "preferences.jsonl");
  await writeFile(file, lines.map((line) => JSON.stringify(line)).join("\n"));
  return file;
}

const user = (content: string) => ({ role: "user", content });
const assistant = (content: string) => ({ role: "assistant", content });

describe("a file of pairs", () => {
  it("may be TRL's with a prompt: messages, or texts", async () => {
    const file = await write(
      { prompt: [user("2 + 2?")], chosen: [assistant("4")], rejected: [assistant("5")], weight: 2 },
      { prompt: "2 + 2 = ", chosen: "4", rejected: "5" },
    );
    const { examples, digest } = await readPairs(file);
    expect(examples).toEqual([
      {
        ...{ line: 1, weight: 2, settings: {} },
        ...{ prompt: [user("2 + 2?")], chosen: [assistant("4")], rejected: [assistant("5")] },
      },
      {
        ...{ line: 2, weight: 1, settings: { isPlain: true } },
        ...{ prompt: [user("2 + 2 = ")], chosen: [assistant("4")], rejected: [assistant("5")] },
      },
    ]);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
  });

  it("may be TRL's without a prompt: what both sides begin with is the prompt", async () => {
    const before = [user("hi"), assistant("hello"), user("2 + 2?")];
    const file = await write(
      { chosen: [...before, assistant("4")], rejected: [...before, assistant("5")] },
      { chosen: "Q: 2 + 2? A: forty", rejected: "Q: 2 + 2? A: four" },
      { chosen: "Say yes", rejected: "Say yes please" },
    );
    const { examples } = await readPairs(file);
    expect(examples[0]!.prompt).toEqual([
      user("hi"),
      { ...assistant("hello"), weight: 0 },
      before[2],
    ]);
    expect(examples[0]!.rejected).toEqual([assistant("5")]);
    // No word is cut in two, though both answers begin with "fo".
    expect(examples[1]).toMatchObject({
      prompt: [user("Q: 2 + 2? A:")],
      chosen: [assistant(" forty")],
      rejected: [assistant(" four")],
    });
    expect(examples[2]).toMatchObject({
      prompt: [user("Say")],
      chosen: [assistant(" yes")],
      rejected: [assistant(" yes please")],
    });
  });

  it("keeps words of the assistant that both answers begin with in the answers, where there is a prompt", async () => {
    const chosen = [assistant("Let me see."), user("and?"), assistant("4")];
    const rejected = [assistant("Let me see."), user("and?"), assistant("5")];
    const { examples } = await readPairs(
      await write({ prompt: [user("2 + 2?")], chosen, rejected }),
    );
    expect(examples[0]).toMatchObject({ prompt: [user("2 + 2?")], chosen, rejected });
  });

  it("may be OpenAI's, with tools", async () => {
    const tools = [{ type: "function", function: { name: "add", parameters: {} } }];
    const file = await write({
      input: { messages: [user("2 + 2?")], tools },
      preferred_output: [assistant("4")],
      non_preferred_output: [assistant("5")],
    });
    const { examples } = await readPairs(file);
    expect(examples[0]!.prompt).toEqual([user("2 + 2?")]);
    expect(JSON.parse(examples[0]!.settings!.tools!)).toEqual(tools);
  });

  it.each([
    ["equal sides", { prompt: "a ", chosen: "b", rejected: "b" }, "its two answers are the same"],
    ["no prompt", { chosen: [assistant("4")], rejected: [assistant("5")] }, "it has no prompt"],
    ["texts without a common word", { chosen: "yes", rejected: "no" }, "it has no prompt"],
    ["an empty prompt", { prompt: "", chosen: "yes", rejected: "no" }, "it has no prompt"],
    [
      "an empty answer",
      { prompt: [user("a")], chosen: [assistant("b")], rejected: [assistant(" ")] },
      "its rejected answer is empty",
    ],
    [
      "an answer of the user",
      { prompt: [user("a")], chosen: [assistant("b")], rejected: [user("c")] },
      "its rejected answer has no message of the assistant",
    ],
    ["one side only", { messages: [user("a"), assistant("b")] }, "it prefers no answer"],
    ["an unknown key", { prompt: "a ", chosen: "b", rejected: "c", margn: 1 }, '"margn"'],
    ["a weight of 0", { prompt: "a ", chosen: "b", rejected: "c", weight: 0 }, "weight"],
  ])("is refused with its line: %s", async (_, line, words) => {
    const good = { prompt: "a ", chosen: "b", rejected: "c" };
    const reading = readPairs(await write(good, line));
    await expect(reading).rejects.toMatchObject({
      code: "DATA_LINE_INVALID",
      facts: { line: 2, problem: expect.stringContaining(words) as unknown },
    });
  });
});

describe("a file of rated answers", () => {
  it("is TRL's with a label, texts or messages", async () => {
    const file = await write(
      { prompt: "2 + 2 = ", completion: "5", label: false },
      { prompt: [user("2 + 2?")], completion: [assistant("4")], label: true, weight: 3 },
    );
    const { examples } = await readRatedAnswers(file);
    expect(examples).toEqual([
      {
        ...{ line: 1, weight: 1, settings: { isPlain: true }, isDesirable: false },
        ...{ prompt: [user("2 + 2 = ")], answer: [assistant("5")] },
      },
      {
        ...{ line: 2, weight: 3, settings: {}, isDesirable: true },
        ...{ prompt: [user("2 + 2?")], answer: [assistant("4")] },
      },
    ]);
  });

  it("may hold pairs, each of which gives two", async () => {
    const pair = { prompt: "a ", chosen: "b", rejected: "c" };
    const { examples } = await readRatedAnswers(await write(pair));
    expect(examples.map(({ answer, isDesirable }) => [answer[0]!.content, isDesirable])).toEqual([
      ["b", true],
      ["c", false],
    ]);
    const mixed = await write({ prompt: "a ", completion: "d", label: true }, pair);
    expect((await readRatedAnswers(mixed)).examples.map(({ line }) => line)).toEqual([1, 2, 2]);
  });

  it.each([
    ["no label", { prompt: "a ", completion: "b" }, '"label"'],
    ["a label that is no boolean", { prompt: "a ", completion: "b", label: 1 }, "label"],
    ["an empty completion", { prompt: "a ", completion: " ", label: true }, "its answer is empty"],
    ["an unknown key", { prompt: "a ", completion: "b", label: true, x: 1 }, '"x"'],
    ["no prompt", { completion: "b", label: true }, "prompt"],
  ])("is refused with its line: %s", async (_, line, words) => {
    const good = { prompt: "a ", completion: "b", label: true };
    await expect(readRatedAnswers(await write(good, line))).rejects.toMatchObject({
      code: "DATA_LINE_INVALID",
      facts: { line: 2 },
      message: expect.stringContaining(words) as unknown,
    });
  });

  it("is no file for supervised training, which would learn the bad answers", async () => {
    const file = await write({ prompt: "a ", completion: "b", label: false });
    await expect(readConversations(file)).rejects.toThrow(/label/);
  });
});
