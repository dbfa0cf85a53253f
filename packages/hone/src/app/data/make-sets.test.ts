/** `hone dataset sft` and `hone dataset preference`, and that trainings read what they write. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandLine } from "../../../../../test/doubles/command-line.ts";
import { readConversations } from "../../data/conversations.ts";
import { readPairs } from "../../data/preference-files.ts";
import { keptRun } from "../training/stored/kept-run-fixture.ts";
import { train } from "../training/train.ts";

const root = mkdtempSync(join(tmpdir(), "hone-sets-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const hone = (...words: readonly string[]) => commandLine(["dataset", ...words], { folder: root });
const linesOf = (...path: readonly string[]): unknown[] =>
  readFileSync(join(root, ...path), "utf8")
    .split("\n")
    .flatMap((line) => (line === "" ? [] : [JSON.parse(line) as unknown]));

/** Two tries at each of ten questions: one looks it up, the other guesses. */
const chats = Array.from({ length: 10 }, (_, i) => {
  const asked = [
    { role: "system", content: "Be brief." },
    { role: "user", content: `How old is ${i}?` },
  ];
  const call = { id: "a", type: "function", function: { name: "search", arguments: `{"q":${i}}` } };
  return [
    {
      messages: [
        ...asked,
        { role: "assistant", content: "", reasoning_content: "Look.", tool_calls: [call] },
        { role: "tool", content: `${i + 100}`, tool_call_id: "a" },
        { role: "assistant", content: `${i + 100} years.` },
      ],
      reward: 1,
    },
    { messages: [...asked, { role: "assistant", content: "Old." }], reward: 0.25 },
  ];
});

beforeAll(() => {
  const lines = chats.flat().map((line) => JSON.stringify(line));
  writeFileSync(join(root, "chats.jsonl"), lines.join("\n"));
});

describe("hone dataset sft", () => {
  it("makes a set of each tool's steps, split by task, with a card", async () => {
    const { code, stdout, stderr } = await hone("sft", "chats.jsonl", "--out", "sft");
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(
      /^2 sets of 20 trajectories \(8 tasks to learn, 1 to validate, 1 to test\) in sft\n/,
    );
    expect(stdout).toMatch("finalize: 16 to learn, 2 to validate, 2 to test");
    expect(stdout).toMatch("search: 8 to learn, 1 to validate, 1 to test");
    const rows = ["train", "validation", "test"].flatMap((split) =>
      linesOf("sft", "search", `${split}.jsonl`),
    );
    expect(rows).toContainEqual({
      prompt: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "How old is 3?" },
      ],
      completion: [{ role: "assistant", content: '{"q":3}' }],
      reward: 1,
    });
    const answers = ["train", "validation", "test"].flatMap((split) =>
      linesOf("sft", "finalize", `${split}.jsonl`),
    );
    expect(answers).toContainEqual({
      prompt: [
        { role: "system", content: "Be brief." },
        { role: "user", content: 'How old is 3?\nLook.\nsearch({"q":3})\n→ 103' },
      ],
      completion: [{ role: "assistant", content: "103 years." }],
      reward: 1,
    });
    expect(readFileSync(join(root, "sft", "search", "README.md"), "utf8")).toMatch(
      /# Steps of search[^]*\| train \| 8 \| 8 \|[^]*Nothing was left out/,
    );
    const questionsOf = (split: string): Set<string> =>
      new Set(
        ["search", "finalize"].flatMap((tool) =>
          linesOf("sft", tool, `${split}.jsonl`).map(
            (row) => /How old is \d/.exec(JSON.stringify(row))![0],
          ),
        ),
      );
    const learned = questionsOf("train");
    expect([...questionsOf("test")].filter((question) => learned.has(question))).toEqual([]);
    const read = await readConversations(join(root, "sft", "search", "train.jsonl"));
    expect(read.conversations).toHaveLength(8);
  });

  it("takes templates, one tool, and a least reward", async () => {
    const templates = 'search:\n  prompt: "Q: {question}"\n  completion: "{thought} {arguments}"\n';
    writeFileSync(join(root, "templates.yaml"), templates);
    const words = ["--templates", "templates.yaml", "--tool", "search", "--min-reward", "0.5"];
    const shares = ["--validation", "0", "--test", "0"];
    const made = await hone("sft", "chats.jsonl", "--out", "own", ...words, ...shares, "--json");
    expect(JSON.parse(made.stdout)).toMatchObject({
      sets: [{ name: "search", rows: { train: 10, validation: 0, test: 0 } }],
      leftOut: { "a reward below 0.5": 10 },
    });
    expect(linesOf("own", "search", "train.jsonl")[0]).toMatchObject({
      prompt: [{ role: "user", content: expect.stringMatching(/^Q: How old/) as string }],
      completion: [{ content: expect.stringMatching(/^Look\. \{"q":\d\}$/) as string }],
    });
    const rest = await hone("sft", "chats.jsonl", "--out", "rest", ...words.slice(0, 2), "--json");
    expect(JSON.parse(rest.stdout)).toMatchObject({
      leftOut: { "no template for its tool (finalize)": 20 },
    });
  });

  it.each([
    [
      'search:\n  prompt: "{qestion}"\n  completion: "x"',
      /templates\.yaml:2:11: \{qestion\} is no/,
    ],
    [
      'search:\n  prompt: "q"\n  completions: "x"\n  completion: "y"',
      /CONFIG_UNKNOWN_KEY: templates\.yaml:3:3 has the unknown key "completions"/,
    ],
    ['search:\n  prompt: "q"', /templates\.yaml:2:3: the template of search has no completion/],
    ['search:\n  prompt: 1\n  completion: "x"', /:2:11: prompt of search must be a text/],
    ['search:\n  prompt: "q"\n  completion: ""', /:3:15: completion of search is empty/],
    ["search: x", /templates\.yaml:1:9: the template of search must have the keys prompt/],
    ["- x", /templates\.yaml:1:1: the file must map tools to templates/],
    ['search:\n  prompt: "q {"\n  completion: "x"', /templates\.yaml:2:11: it has a brace/],
    ["search: [", /templates\.yaml:\d+:\d+: /],
  ])("refuses templates with the line: %j", async (text, message) => {
    writeFileSync(join(root, "templates.yaml"), text);
    const words = ["--out", "bad", "--templates", "templates.yaml"];
    const { code, stderr } = await hone("sft", "chats.jsonl", ...words);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  it("says in the card how long texts are, what was earned, and what was left out", async () => {
    const words = ["--min-reward", "0.5", "--validation", "0", "--test", "0"];
    await hone("sft", "chats.jsonl", "--out", "card", ...words);
    const card = readFileSync(join(root, "card", "search", "README.md"), "utf8");
    // The prompt is "Be brief." and "How old is 3?", what is learned {"q":3}.
    expect(card).toMatch("In characters, of the texts alone");
    expect(card).toMatch("| prompt | 10 | 220 | 22 | 22 | 22 | 22 | 22 | 22 |");
    expect(card).toMatch("| completion | 10 | 70 | 7 | 7 | 7 | 7 | 7 | 7 |");
    expect(card).toMatch("| rows | 10 | 10.000 | 1.000 | 1.000 |");
    expect(card).toMatch("- 10: a reward below 0.5");
    expect(card).not.toMatch("## Weights");
    const model = join(import.meta.dirname, "../../../../../test/golden/models/qwen2");
    const counted = await hone("sft", "chats.jsonl", "--out", "tokens", "--model", model, "--json");
    const { sets } = JSON.parse(counted.stdout) as {
      readonly sets: readonly {
        readonly numbers: {
          readonly unit: string;
          readonly lengths: { readonly completion: { readonly mean: number } };
        };
      }[];
    };
    expect(sets[0]!.numbers.unit).toBe(`tokens of ${model}`);
    // The made tokenizer knows few words: more than one token, fewer than the characters.
    const { mean } = sets[0]!.numbers.lengths.completion;
    expect(mean).toBeGreaterThan(1);
  });

  it("weighs rows by the rewards of their trajectories", async () => {
    const shares = ["--validation", "0", "--test", "0", "--json"];
    const words = ["--weighting", "standardized", ...shares];
    const { code, stderr } = await hone("sft", "chats.jsonl", "--out", "weighed", ...words);
    expect(code, stderr).toBe(0);
    // Half earned 1 and half 0.25, so a deviation off the mean: e and 1/e, scaled to mean 1.
    const mean = (Math.E + 1 / Math.E) / 2;
    const weights = linesOf("weighed", "finalize", "train.jsonl").map(
      (row) => (row as { readonly weight: number }).weight,
    );
    expect(new Set(weights.map((weight) => weight.toFixed(6)))).toEqual(
      new Set([(Math.E / mean).toFixed(6), (1 / Math.E / mean).toFixed(6)]),
    );
    const read = await readConversations(join(root, "weighed", "finalize", "train.jsonl"));
    expect(read.conversations.map(({ weight }) => weight)).toEqual(weights);
    const least = ["--weighting", "normalized", ...shares];
    const { stdout } = await hone("sft", "chats.jsonl", "--out", "least", ...least);
    expect(JSON.parse(stdout)).toMatchObject({ leftOut: { "a weight of 0": 10 } });
    expect(readFileSync(join(root, "weighed", "search", "README.md"), "utf8")).toMatch(
      /Weights by the rule "standardized"[^]*## Weights/,
    );
  });

  it("writes Parquet files of the same rows", async () => {
    await hone("sft", "chats.jsonl", "--out", "tables", "--parquet");
    const [lines, rows] = await Promise.all(
      ["jsonl", "parquet"].map((ending) =>
        readConversations(join(root, "tables", "search", `train.${ending}`)),
      ),
    );
    expect(rows!.conversations).toEqual(lines!.conversations);
  });

  it("leaves a folder that holds files, and writes none where there is nothing", async () => {
    await hone("sft", "chats.jsonl", "--out", "kept");
    const again = await hone("sft", "chats.jsonl", "--out", "kept");
    expect(again.stderr).toMatch(/SETS_FOLDER_EXISTS[^]*--replace/);
    const missing = ["--out", "none", "--templates", "no.yaml"];
    expect((await hone("sft", "chats.jsonl", ...missing)).stderr).toMatch(
      /TEMPLATES_UNREADABLE: The file of templates no\.yaml cannot be read \(there is no such file/,
    );
    const none = await hone("sft", "chats.jsonl", "--out", "none", "--min-reward", "9");
    expect(none.stderr).toMatch(/SETS_EMPTY: Nothing in chats\.jsonl .*20: a reward below 9\./);
    const tool = await hone("sft", "chats.jsonl", "--out", "none", "--tool", "nosuch");
    expect(tool.stderr).toMatch(/SETS_EMPTY[^]*Its steps are of search, finalize/);
    expect(readdirSync(root)).not.toContain("none");
    const all = ["--out", "all", "--validation", "0.5", "--test", "0.5"];
    expect((await hone("sft", "chats.jsonl", ...all)).stderr).toMatch(
      /--validation 0\.5: with --test/,
    );
  });
});

it("makes no set of what a run measured", async () => {
  const store = `sqlite:${join(root, "kept.db")}`;
  await train({ ...keptRun, out: join(root, "run"), store, quiet: true });
  const words = ["--out", "of-run", "--validation", "0", "--test", "0", "--json"];
  const { stdout, stderr } = await hone("sft", store, ...words);
  expect(stderr).toBe("");
  const report = JSON.parse(stdout) as { readonly tasks: object; readonly leftOut: object };
  expect(report).toMatchObject({ tasks: { train: 3 }, leftOut: { "of evaluations": 4 } });
  const learned = JSON.stringify(linesOf("of-run", "finalize", "train.jsonl"));
  expect(learned).toContain("one");
  expect(learned).not.toMatch(/four|five/);
  // A file of trajectories says it as well.
  await commandLine(["convert", store, "--out", "of-run.jsonl"], { folder: root });
  const again = await hone("sft", "of-run.jsonl", "--out", "again", ...words.slice(2));
  expect(JSON.parse(again.stdout)).toMatchObject({ leftOut: { "of evaluations": 4 } });
});

describe("hone dataset preference", () => {
  it("pairs the tries at a task by reward, for trainings on pairs", async () => {
    const words = ["--out", "pairs", "--min-margin", "0.5"];
    const { code, stdout, stderr } = await hone("preference", "chats.jsonl", ...words);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch("pairs: 8 to learn, 1 to validate, 1 to test");
    const { examples } = await readPairs(join(root, "pairs", "train.jsonl"));
    expect(examples).toHaveLength(8);
    expect(examples[0]!.prompt.map(({ role }) => role)).toEqual(["system", "user"]);
    expect(examples[0]!.chosen.map(({ role }) => role)).toEqual(["assistant", "tool", "assistant"]);
    expect(examples[0]!.rejected.map(({ content }) => content)).toEqual(["Old."]);
    const card = readFileSync(join(root, "pairs", "README.md"), "utf8");
    expect(card).toMatch("| chosen | 10 | 10.000 | 1.000 |");
    expect(card).toMatch("| rejected | 10 | 2.500 | 0.250 |");
    await hone("preference", "chats.jsonl", "--out", "pair-tables", "--parquet");
    const table = await readPairs(join(root, "pair-tables", "train.parquet"));
    expect(table.examples.map(({ chosen }) => chosen.length)).toEqual(Array(8).fill(3));
    // Chat templates want arguments of calls as objects.
    for (const [called] of [examples[0]!.chosen, table.examples[0]!.chosen])
      expect(called!.written).toMatch(/"arguments":\{"q":\d\}/);
  });

  it("counts tries without a partner, a reply or a reward", async () => {
    const [tried, guessed] = chats[0]!;
    const silent = { id: "s", domain: "qa", tools: [], steps: [], outcome: { status: "failed" } };
    const asked = { question: "How old is 0?", instructions: "Be brief." };
    const lines = [
      ...[tried, guessed, { ...guessed, reward: 0.5 }, { messages: guessed!.messages }],
      { ...silent, task: { id: "t", ...asked }, reward: 0, provenance: { source: "test" } },
    ];
    writeFileSync(join(root, "odd.jsonl"), lines.map((line) => JSON.stringify(line)).join("\n"));
    const words = ["--out", "odd", "--validation", "0", "--test", "0", "--json"];
    const { stdout, stderr } = await hone("preference", "odd.jsonl", ...words);
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toMatchObject({
      sets: [{ rows: { train: 1 } }],
      leftOut: { "no reward": 1, "no reply": 1, "without a partner": 1 },
    });
  });

  it("says why there is none", async () => {
    const words = ["--out", "none", "--min-margin", "0.9"];
    const { stderr } = await hone("preference", "chats.jsonl", ...words);
    expect(stderr).toMatch(/SETS_EMPTY.*10: rewards differ too little/);
  });
});
