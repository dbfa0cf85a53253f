/** `hone tasks import tau2`, and what reads the file that it writes. */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { startModelEndpoint } from "../../../../../test/doubles/model-endpoint.ts";
import { commandLine } from "../../../../../test/doubles/command-line.ts";
import { readTasks } from "../../data/task-file.ts";
import { retailFixture } from "../../domains/tau/retail/retail-fixture.ts";

const root = mkdtempSync(join(tmpdir(), "hone-tau2-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const hone = (...words: readonly string[]) => commandLine(words, { folder: root });
const honeWith = (customer: string, ...words: readonly string[]) =>
  commandLine(words, { folder: root, environment: { HONE_CUSTOMER: customer } });

const task = (id: string, name: string, given: object, more: object = {}) => ({
  id,
  user_scenario: {
    persona: null,
    instructions: {
      reason_for_call: "Cancel it.",
      known_info: "You are Ann Lee.",
      unknown_info: null,
      task_instructions: ".",
    },
  },
  evaluation_criteria: {
    actions: [{ action_id: "0", name, arguments: given, info: null }],
    communicate_info: null,
    ...more,
  },
});

const shop = join(root, "bench", "data", "tau2", "domains", "retail");
mkdirSync(shop, { recursive: true });
const tasks = [
  task("0", "get_order_details", { order_id: "#W1" }, { communicate_info: ["pending"] }),
  task("1", "get_order_details", { order_id: "#W7" }, { nl_assertions: ["is kind"] }),
];
const files = {
  "db.json": JSON.stringify(retailFixture),
  "tasks.json": JSON.stringify(tasks),
  "split_tasks.json": '{"train":["0"],"test":["1"],"base":["0","1"]}',
  "policy.md": "Be kind.",
};
for (const [name, text] of Object.entries(files)) writeFileSync(join(shop, name), text);

it("writes the tasks with their splits beside database and policy, and says how the tools took the right calls", async () => {
  const { stdout, stderr } = await hone("tasks", "import", "tau2", "bench", "--out", "own");
  expect(stdout, stderr).toBe(
    "2 tasks (1 train, 1 test) written to own/tasks.jsonl\nof 2 calls of right agents the tools refused 1\n1 task has assertions in words, which are not checked\n",
  );
  const { train, test } = await readTasks(join(root, "own/tasks.jsonl"), {
    share: 0,
    max: 0,
    seed: 0,
  });
  expect([train.length, test.length]).toEqual([1, 1]);
  expect(train[0]!.task).toMatchObject({
    id: "tau2-retail-0",
    database: "database.json",
    customer: { reason: "Cancel it.", known: "You are Ann Lee.", unknown: "", instructions: "." },
    calls: [{ name: "get_order_details", arguments: { order_id: "#W1" } }],
    outputs: ["pending"],
  });
  expect(readFileSync(join(root, "own/policy.md"), "utf8")).toBe("Be kind.");
});

it("is a domain whose expert does what the benchmark's right agent did, in words of our own", async () => {
  const { stdout, stderr } = await hone("rollout", "own/tasks.jsonl", "--out", "done", "--json");
  expect(JSON.parse(stdout), stderr).toMatchObject({ player: "expert", written: 1, success: 1 });
  const file = readFileSync(join(root, "done/tau2-retail-0.traj.json"), "utf8");
  for (const words of ["Please tell me your name", "get_order_details {", "It is pending."])
    expect(file).toContain(words);
});

it("has customers that a model plays, who can end the conversation", async () => {
  const endpoint = await startModelEndpoint([
    { text: "Hi, where is my order?" },
    { text: "I am Ann." },
    { text: "Thank you. ###END###" },
  ]);
  const customer = `${endpoint.url}#shopper`;
  await hone("tasks", "import", "tau2", "bench", "--out", "asked", "--customer", customer);
  const rollout = ["rollout", "asked/tasks.jsonl", "--out", "talk", "--json"];
  const { stdout, stderr } = await honeWith(customer, ...rollout);
  await endpoint.close();
  expect(JSON.parse(stdout), stderr).toMatchObject({ written: 1, success: 1 });
  const file = readFileSync(join(root, "talk/tau2-retail-0.traj.json"), "utf8");
  for (const words of ["Customer: Hi, where is my order?", "I am Ann."])
    expect(file).toContain(words);
  // The conversation was over before the expert closed it.
  expect(file).not.toContain('close"');
  const [first, second] = endpoint.requests.map(({ text }) => text);
  expect(first).toContain("Why you write: Cancel it.");
  expect(second).toContain("Please tell me your name");
});

it("keeps the tries that ended where another failed, so that the same command asks only for what is missing", async () => {
  const endpoint = await startModelEndpoint((_, index) =>
    index === 1 ? { status: 400 } : { text: index === 0 ? "Hi" : "Bye. ###END###" },
  );
  const customer = `${endpoint.url}#shopper`;
  await hone("tasks", "import", "tau2", "bench", "--out", "lost", "--customer", customer);
  const rollout = ["rollout", "lost/tasks.jsonl", "--samples", "2", "--out", "kept", "--json"];
  const first = await honeWith(customer, ...rollout);
  expect(first.code).not.toBe(0);
  expect(readdirSync(join(root, "kept"))).toHaveLength(1);
  const { stdout, stderr } = await honeWith(customer, ...rollout);
  await endpoint.close();
  expect(JSON.parse(stdout), stderr).toMatchObject({ written: 1, alreadyThere: 1 });
});

it("asks no model that the file names and the user does not, and plays no episodes that nothing keeps", async () => {
  await hone("tasks", "import", "tau2", "bench", "--out", "paid", "--customer", "ollama/a");
  const rollout = ["rollout", "paid/tasks.jsonl", "--out", "raw"];
  expect((await hone(...rollout)).stderr).toMatch(/CUSTOMER_NOT_NAMED.*ollama\/a/);
  expect((await honeWith("ollama/b", ...rollout)).stderr).toContain("HONE_CUSTOMER=ollama/a");
  const sft = ["train", "sft", "--domain", "paid/tasks.jsonl", "--train-tasks", "1"];
  const { stderr } = await honeWith("ollama/a", ...sft, "--test-tasks", "1");
  expect(stderr).toMatch(/EXPERT_ASKS_MODEL.*paid\/tasks\.jsonl.*ollama\/a/);
});

it("finds database and policy beside the file, wherever that is, and no other file", async () => {
  await hone("tasks", "import", "tau2", "bench", "--out", "first");
  cpSync(join(root, "first"), join(root, "moved"), { recursive: true });
  rmSync(join(root, "first"), { recursive: true });
  const { stdout, stderr } = await hone("rollout", "moved/tasks.jsonl", "--out", "far", "--json");
  expect(JSON.parse(stdout), stderr).toMatchObject({ written: 1, success: 1 });
  const written = readFileSync(join(root, "moved/tasks.jsonl"), "utf8");
  for (const path of ["../own/policy.md", join(root, "own/policy.md"), "."]) {
    const text = written.replaceAll('"policy.md"', JSON.stringify(path));
    writeFileSync(join(root, "moved/tasks.jsonl"), text);
    const refused = await hone("rollout", "moved/tasks.jsonl", "--out", "other");
    expect(refused.stderr).toMatch(/DATA_LINE_INVALID.*policy: .* is not in the folder/);
  }
});

it("is no file of tasks for another domain", async () => {
  const { stderr } = await hone("rollout", "tau", "--tasks", "own/tasks.jsonl", "--out", "raw");
  expect(stderr).toMatch(/CONFIG_INVALID: --tasks.*npx hone rollout own\/tasks\.jsonl/);
});

it.each([
  [["swe", "bench"], /USAGE_INVALID.*no benchmark "swe"; there are tau2, bfcl/],
  [["bfcl", "bench", "--customer", "openai/x"], /USAGE_INVALID.*have no customers/],
  [["tau2", "bench", "--customer", "shopper"], /MODEL_NAME_INVALID.*shopper/],
  [["tau2", "nowhere"], /TAU2_UNREADABLE.*no such file/],
  [["tau2", "own"], /TAU2_UNREADABLE.*it has no folder with db\.json, tasks\.json/],
])("refuses %j", async (words, message) => {
  const { code, stderr } = await hone("tasks", "import", ...words);
  expect(code).not.toBe(0);
  expect(stderr).toMatch(message);
});
