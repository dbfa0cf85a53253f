/** `hone convert` on files that others write, and on a store of recorded rollouts. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandLine } from "../../../../../test/doubles/command-line.ts";
import type { UnifiedTrajectory } from "../../core/unified-trajectory.ts";
import { readTrajectory } from "../../formats/trajectory-format.ts";
import { keptRun } from "../training/stored/kept-run-fixture.ts";
import { rolloutsOf } from "../training/stored/rollouts-of.ts";
import { train } from "../training/train.ts";

const root = mkdtempSync(join(tmpdir(), "hone-convert-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const hone = (...words: readonly string[]) => commandLine(["convert", ...words], { folder: root });
const linesOf = (name: string): Record<string, unknown>[] =>
  readFileSync(join(root, name), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
const write = (name: string, lines: readonly object[]): void =>
  writeFileSync(join(root, name), lines.map((line) => JSON.stringify(line)).join("\n"));

const tools = [{ type: "function", function: { name: "search", parameters: { type: "object" } } }];
const chat = {
  messages: [
    { role: "system", content: "Be brief." },
    { role: "user", content: "How old is it?" },
    {
      ...{ role: "assistant", content: "", reasoning_content: "Search." },
      tool_calls: [
        { id: "a", type: "function", function: { name: "search", arguments: '{"q":"it"}' } },
      ],
    },
    { role: "tool", content: "142", tool_call_id: "a" },
    { role: "assistant", content: "142 years." },
  ],
  tools,
  reward: 0.5,
};

describe("hone convert", () => {
  it("keeps what a line of another program says beside a chat, and counts what its messages say", async () => {
    const turn = { from: "human", value: "hi", timestamp: 1 };
    const shareGpt = {
      ...{ source: "forum", meta: { likes: 3 } },
      conversations: [turn, { from: "gpt", value: "hello" }],
    };
    const [asked, answered] = [chat.messages[1]!, chat.messages[4]!];
    const pair = {
      ...{ prompt: [{ ...asked, at: 1 }], chosen: [{ ...answered, at: 2, by: "m" }] },
      ...{ rejected: [{ ...answered, content: "Old." }], annotator: 7 },
    };
    write("foreign.jsonl", [shareGpt, pair]);
    const { code, stdout, stderr } = await hone("foreign.jsonl", "--out", "new/foreign-u.jsonl");
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(
      "4 left out: an unknown key in a message, the first is conversations[0].timestamp of foreign.jsonl:1\n",
    );
    const [, first, ...tries] = linesOf("new/foreign-u.jsonl");
    expect(first!["task"]).toMatchObject({ fields: { source: "forum", meta: { likes: 3 } } });
    expect(tries).toMatchObject([
      { answer: "142 years.", task: { fields: { annotator: 7 } } },
      { answer: "Old.", task: { fields: { annotator: 7 } } },
    ]);
  });

  it("says of a line that cannot be read where it is and what to do", async () => {
    writeFileSync(join(root, "cut.jsonl"), `${JSON.stringify(chat)}\n{"messages": [\n`);
    const { code, stderr } = await hone("cut.jsonl", "--out", "cut-u.jsonl");
    expect(code).toBe(2);
    expect(stderr).toMatch(/DATA_LINE_INVALID: cut\.jsonl:2:?\d*: it is not JSON/);
    expect(stderr).toMatch("Correct the line or leave it out, and start again.");
    expect(stderr).not.toMatch("trained");
    expect(readdirSync(root)).not.toContain("cut-u.jsonl");
  });

  it("makes unified trajectories of chats, and the same chats of them", async () => {
    const shareGpt = {
      conversations: [
        { from: "human", value: "hi" },
        { from: "gpt", value: "hello" },
      ],
    };
    const odd = { messages: [...chat.messages.slice(0, 2), ...chat.messages.slice(1)] };
    write("chats.jsonl", [chat, shareGpt, odd]);
    const words = ["chats.jsonl", "--domain", "qa", "--out", "unified.jsonl"];
    const { code, stdout, stderr } = await hone(...words);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(
      /^2 trajectories, 3 steps written to unified.jsonl\n {2}1 left out: roles out of order, the first is chats.jsonl:3\n/,
    );
    const [header, first] = linesOf("unified.jsonl");
    expect(header).toEqual({ format: "hone.trajectory", version: 1 });
    expect(first).toMatchObject({
      domain: "qa",
      task: { question: "How old is it?", instructions: "Be brief." },
      tools: [tools[0]!.function],
      steps: [
        { tool: "search", arguments: { q: "it" }, thought: "Search.", observation: "142" },
        { tool: "finalize", text: "142 years." },
      ],
      ...{ answer: "142 years.", reward: 0.5 },
      provenance: { source: "chat", place: "chats.jsonl:1" },
    });
    const back = await hone("unified.jsonl", "--format", "chat", "--out", "back.jsonl", "--json");
    expect(JSON.parse(back.stdout)).toMatchObject({ trajectories: 2, steps: 3, leftOut: [] });
    expect(linesOf("back.jsonl")).toEqual([
      chat,
      {
        messages: [
          { role: "user", content: "hi" },
          { role: "assistant", content: "hello" },
        ],
      },
    ]);
  });

  it("goes through traces and a folder of files without a change of what both hold", async () => {
    write("one.jsonl", [chat]);
    await hone("one.jsonl", "--domain", "qa", "--format", "traces", "--out", "traces.jsonl");
    const folder = await hone("traces.jsonl", "--domain", "other", "--out", "data/unified/qa");
    expect(folder.stderr).toBe("");
    const [file] = readdirSync(join(root, "data/unified/qa"));
    const path = join(root, "data/unified/qa", file!);
    const trajectory = readTrajectory(readFileSync(path, "utf8"), path);
    expect(trajectory).toMatchObject({
      domain: "qa",
      reward: 0.5,
      provenance: { source: "traces" },
    });
    await hone("data/unified/*/*.json", "--format", "chat", "--out", "again.jsonl");
    expect(linesOf("again.jsonl")).toEqual([chat]);
  });

  it("loses none: several of one id in a folder, several for a file of one", async () => {
    const row = (answer: string) => ({ ...emptyTrajectory, answer });
    write("u1.jsonl", [row("a")]);
    write("u2.jsonl", [row("b")]);
    const both = await hone("u1.jsonl", "u2.jsonl", "--out", "both");
    expect(both.code, both.stderr).toBe(0);
    expect(readdirSync(join(root, "both")).toSorted()).toEqual(["e-2.json", "e.json"]);
    const one = await hone("u1.jsonl", "u2.jsonl", "--out", "one.json");
    expect(one.code).toBe(2);
    expect(one.stderr).toMatch(/one\.json: a \.json file holds one trajectory/);
    expect(readdirSync(root)).not.toContain("one.json");
  });

  it.each([
    [["none.jsonl"], 1, /DATA_UNREADABLE.*none\.jsonl/],
    [["none/*.json"], 2, /DATA_EMPTY.*none\/\*\.json/],
    [["broken.jsonl"], 2, /DATA_LINE_INVALID.*broken\.jsonl:2.*not JSON/],
    [["cut.jsonl"], 2, /DATA_LINE_INVALID.*cut\.jsonl:1.*not JSON/],
    [["later.jsonl"], 1, /FORMAT_UNKNOWN_VERSION.*later\.jsonl/],
    [
      ["wrong.jsonl"],
      2,
      /DATA_LINE_INVALID.*wrong\.jsonl:2.*steps\.0\.kind.*\n.*docs\/trajectories\.md/,
    ],
    [["empty.jsonl"], 2, /DATA_EMPTY.*empty\.jsonl/],
  ])("refuses %j and writes nothing", async (words, code, message) => {
    writeFileSync(join(root, "broken.jsonl"), `${JSON.stringify(chat)}\n{"messages": [`);
    writeFileSync(
      join(root, "cut.jsonl"),
      '{"format":"hone.trajectory","version":1,"id":"1","domain"',
    );
    write("later.jsonl", [{ format: "hone.trajectory", version: 9 }]);
    write("wrong.jsonl", [
      { format: "hone.trajectory", version: 1 },
      { ...emptyTrajectory, steps: [{ index: 0, turn: 0, kind: "dance", tool: "x" }] },
    ]);
    writeFileSync(join(root, "empty.jsonl"), "\n");
    mkdirSync(join(root, "out"), { recursive: true });
    const { code: got, stderr } = await hone(...words, "--out", "out/new.jsonl");
    expect(stderr).toMatch(message);
    expect(got).toBe(code);
    expect(readdirSync(join(root, "out"))).toEqual([]);
  });
});

const emptyTrajectory: UnifiedTrajectory = {
  ...{ id: "e", domain: "qa", task: { id: "t" }, tools: [], steps: [] },
  outcome: { status: "completed" },
  provenance: { source: "test" },
};

describe("a store of rollouts", () => {
  const store = `sqlite:${join(root, "kept.db")}`;
  beforeAll(() => train({ ...keptRun, out: join(root, "kept"), store, quiet: true }));

  it("gives a trajectory for each, with the tokens of every turn and its reward", async () => {
    const { code, stderr } = await hone(store, "--out", "rollouts.jsonl");
    expect(code, stderr).toBe(0);
    const [, ...lines] = readFileSync(join(root, "rollouts.jsonl"), "utf8").trim().split("\n");
    const rows = lines.map((line) => JSON.parse(line) as UnifiedTrajectory);
    const { groups } = await rolloutsOf(store);
    const rollouts = groups.flatMap((group) => group.rollouts).filter(({ failure }) => !failure);
    for (const rollout of rollouts) {
      const row = rows.find(({ provenance }) => provenance.place === rollout.traceId)!;
      expect(row.reward).toBe(rollout.reward!.total);
      expect(row.outcome.isSuccess).toBe(rollout.isSuccess);
      expect(row.task.question).toBe(rollout.task.id);
      expect(row.steps.map(({ tokens }) => tokens)).toEqual(
        rollout.turns.map(({ tokens }) => tokens),
      );
      expect(row.steps.at(-1)!.promptTokens).toEqual(rollout.turns.at(-1)!.promptTokens);
      expect(row.steps.map(({ kind }) => kind)).toEqual(["respond", "answer"]);
    }
    expect(rollouts.length).toBeGreaterThan(8);
  });
});
