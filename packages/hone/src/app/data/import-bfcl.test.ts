/** `hone tasks import bfcl`, and its file as a domain of every command that takes one. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { commandLine } from "../../../../../test/doubles/command-line.ts";

const root = mkdtempSync(join(tmpdir(), "hone-bfcl-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const hone = (...words: readonly string[]) => commandLine(words, { folder: root });

const add = {
  name: "add",
  description: "Adds.",
  parameters: {
    type: "dict",
    properties: { a: { type: "float" }, b: { type: "float" } },
    required: ["a", "b"],
  },
};
const question = (id: string, text: string, functions: readonly object[] = [add]) =>
  JSON.stringify({ id, question: [[{ role: "user", content: text }]], function: functions });
const sums = Array.from({ length: 20 }, (_, i) => ({
  id: `simple_python_${i}`,
  text: `${i} + 2?`,
}));

/** Writes a copy of the benchmark, with files of our own in place of some. */
function copyOf(folder: string, files: Readonly<Record<string, string>> = {}): string {
  const all = {
    "BFCL_v4_simple_python.json": sums.map(({ id, text }) => question(id, text)).join("\n"),
    "possible_answer/BFCL_v4_simple_python.json": sums
      .map(({ id }, i) => `{"id":"${id}","ground_truth":[{"add":{"a":[${i}.0],"b":[2.0]}}]}`)
      .join("\n"),
    "BFCL_v4_irrelevance.json": question("irrelevance_0", "Sing."),
    "BFCL_v4_multi_turn_base.json": '{"id":"multi_turn_base_0"}\n{"id":"multi_turn_base_1"}\n',
    ...files,
  };
  const data = join(root, folder, "bfcl_eval", "data");
  mkdirSync(join(data, "possible_answer"), { recursive: true });
  for (const [name, text] of Object.entries(all)) writeFileSync(join(data, name), text);
  return folder;
}
copyOf("bench");

it("writes the tasks with a split by what is said, and says what it left out", async () => {
  const { stdout, stderr } = await hone("tasks", "import", "bfcl", "bench", "--out", "own");
  expect(stdout, stderr).toMatch(
    /^21 tasks \((\d+) train, (\d+) test\) written to own\/tasks\.jsonl\nlevels: 1 simple_python \(20\), 2 multiple \(0\), .*5 irrelevance \(1\)/,
  );
  expect(stdout).toContain("left out 2: multi_turn_base (2)");
  const lines = readFileSync(join(root, "own/tasks.jsonl"), "utf8").trim().split("\n");
  const tasks = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const held = tasks.filter(({ split }) => split === "test").length;
  expect(held).toBeGreaterThan(0);
  expect(held).toBeLessThan(10);
  expect(tasks.find(({ id }) => id === "simple_python_3")).toMatchObject({
    benchmark: "bfcl",
    level: 1,
    functions: [add],
    // A float keeps its fraction, which the rule looks at.
    answers: '[{"add":{"a":[3.0],"b":[2.0]}}]',
  });
});

it("is a domain: the expert does its tasks, and chance next to none", async () => {
  const rollout = async (out: string, ...more: readonly string[]) => {
    const words = ["rollout", "own/tasks.jsonl", "--levels", "1,5", "--count", "50", "--out", out];
    const { stdout, stderr } = await hone(...words, "--json", ...more);
    expect(stderr).toBe("");
    return JSON.parse(stdout) as { success: number; written: number };
  };
  expect(await rollout("right")).toMatchObject({ success: 1 });
  expect((await rollout("chance", "--mistake-rate", "1")).success).toBeLessThan(0.3);
});

it("is learned from, and measured on the tasks that are held out", async () => {
  const { stdout, stderr } = await hone(
    ...["train", "sft", "--domain", "own/tasks.jsonl", "--steps", "2", "--batch-size", "2"],
    ...["--max-tokens", "4", "--test-tasks", "2", "--threads", "1", "--json"],
  );
  const result = stdout.trim().split("\n").at(-1)!;
  expect(JSON.parse(result), stderr).toMatchObject({
    before: { taskCount: 2 },
    after: { taskCount: 2 },
  });
});

it.each([
  [{ "BFCL_v4_irrelevance.json": "{" }, /DATA_LINE_INVALID.*irrelevance\.json:1.*not JSON/],
  [
    { "BFCL_v4_irrelevance.json": question("x", "Sing.", [{ ...add, parameters: {} }]) },
    /DATA_LINE_INVALID.*irrelevance\.json:1: function\[0\]\.parameters\.properties/,
  ],
  [
    { "BFCL_v4_simple_python.json": question("simple_python_99", "1 + 2?") },
    /DATA_LINE_INVALID.*simple_python_99 has no line in possible_answer/,
  ],
  [
    { "possible_answer/BFCL_v4_simple_python.json": '{"id":"x","ground_truth":[{}]}' },
    /DATA_LINE_INVALID.*ground_truth\[0\].*one function for each call/,
  ],
])("refuses a copy with %j", async (files, message) => {
  const { code, stderr } = await hone("tasks", "import", "bfcl", copyOf("broken", files));
  expect(code).not.toBe(0);
  expect(stderr.replaceAll("\n", " ")).toMatch(message);
});

it.each([
  ["nowhere", /BFCL_UNREADABLE.*no such/],
  ["own", /BFCL_UNREADABLE.*no folder with BFCL_v4_/],
])("refuses the folder %s, which is no copy", async (folder, message) => {
  const { code, stderr } = await hone("tasks", "import", "bfcl", folder);
  expect(code).not.toBe(0);
  expect(stderr).toMatch(message);
});

it("refuses tasks of no benchmark as a domain, and a task of another shape", async () => {
  const lines = (...tasks: readonly object[]) =>
    writeFileSync(join(root, "odd.jsonl"), tasks.map((task) => JSON.stringify(task)).join("\n"));
  const said = async () => (await hone("rollout", "odd.jsonl", "--out", "odd")).stderr;
  lines({ question: "2 + 2", answer: 4 }, { question: "3 + 2", answer: 5 });
  expect(await said()).toMatch(/TASKS_WITHOUT_DOMAIN.*"benchmark" says none/);
  lines({ benchmark: "bfcl", split: "train", category: "simple_python" });
  expect(await said()).toMatch(/DATA_LINE_INVALID.*odd\.jsonl:1/);
  const shop = { benchmark: "tau2", split: "train", customer: {} };
  lines(shop);
  expect(await said()).toMatch(/^DATA_LINE_INVALID: odd\.jsonl:1: database: expected string/);
  lines({ ...shop, database: "db.json" });
  expect(await said()).toMatch(/^DATA_LINE_INVALID: odd\.jsonl:1: policy: expected string/);
});
