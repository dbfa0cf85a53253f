/** Conversations of a file as the data of a training whose held-out tasks are a domain's, as `hone run trajectories` opens them. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { trainings } from "../../trainings.ts";
import { resolveSettings } from "../config.ts";
import { settingsOfTraining } from "../training-settings.ts";
import { openDomainConversations } from "./domain-tasks.ts";

const root = mkdtempSync(join(tmpdir(), "hone-domain-conversations-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function open(lines: readonly object[], minReward?: number) {
  const file = join(root, "chats.jsonl");
  writeFileSync(file, lines.map((line) => JSON.stringify(line)).join("\n"));
  const flags = { domain: "math", trainTasks: 1, testTasks: 1 };
  const { settings } = await resolveSettings(settingsOfTraining(trainings.sft), { flags });
  const request = { training: "weighted", needsRewards: true, settings };
  const opened = await openDomainConversations(request, file, minReward);
  await opened.close?.();
  return opened;
}

const chat = (answer: string, more: object = {}) => ({
  messages: [
    { role: "user", content: "2 + 2?" },
    { role: "assistant", content: answer },
  ],
  ...more,
});
const add = {
  type: "function",
  function: { name: "add", description: "a sum", parameters: { type: "object", properties: {} } },
};

it("are learned with their tools, weights and rewards", async () => {
  const lines = [chat("4", { reward: 1, weight: 2, tools: [add] }), chat("5", { reward: 0.25 })];
  const { data, notes } = await open(lines);
  expect(data.examples.weights).toEqual([2, 1]);
  expect(data.examples.settings?.[0]?.tools).toContain('"name":"add"');
  expect(data.scores?.rewards).toEqual([1, 0.25]);
  expect(notes).toEqual(["2 conversations to learn"]);
  const good = await open(lines, 0.5);
  expect(good.data.examples.conversations).toHaveLength(1);
  expect(good.notes).toEqual([
    "1 conversations to learn",
    "1 with a reward below 0.5 are left out",
  ]);
});

it("are refused where one has no reward and rewards count", async () => {
  await expect(open([chat("4", { reward: 1 }), chat("5")])).rejects.toThrow(
    /DATA_LINE_INVALID.*chats\.jsonl:2.*no "reward"/,
  );
});
