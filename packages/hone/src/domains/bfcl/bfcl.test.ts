/** Tasks of our own in the form of BFCL's; verdicts on them are of the benchmark's own checker (test/golden/bfcl_verdicts.py). */
import { describe, expect, it } from "vitest";
import golden from "../../../../../test/golden/bfcl.json" with { type: "json" };
import { type BfclTask, readBfclTask } from "../../data/bfcl/bfcl-task.ts";
import { runEpisode } from "../../environments/run-episode.ts";
import { environmentContract } from "../../testing/environment-contract.ts";
import { callsIn } from "./calls.ts";
import { bfclReward } from "./domain.ts";
import { bfclEnvironment } from "./environment.ts";
import { bfclExpert } from "./expert.ts";
import { isRight } from "./rule.ts";
import { isEqual, typedJson, typedText } from "./typed-json.ts";

const entry = { file: "own", holds: "tasks", text: "", line: 1, column: 1 } as const;
const taskOf = (fields: object): BfclTask => {
  const messages = [{ role: "user", content: "Go 3 metres to the tea room." }];
  const task = { id: "own", level: 1, messages, functions: [], ...fields };
  return readBfclTask({ task, entry });
};
const tasks = golden.tasks.map((fields, i) => taskOf({ id: `own ${i}`, ...fields }));
const move = taskOf({ category: "irrelevance", functions: golden.tasks[0]!.functions });
const call = '{"name": "robot.move", "arguments": {"metres": 3.0}}';

it.each(tasks.map((task, i) => [task.answers!, i] as const))(
  "judges replies as the benchmark's own checker does: %s",
  (_, index) => {
    const rows = golden.rows.filter(([task]) => task === index);
    expect(rows.length).toBeGreaterThan(10);
    const own = rows.map(([, reply]) => isRight(tasks[index]!, callsIn(String(reply))));
    expect(own).toEqual(rows.map(([, , verdict]) => verdict));
  },
);

it("takes a reply without a call where no function fits, and any call where one is to be made", () => {
  const relevant = { ...move, category: "live_relevance" as const };
  expect(isRight(move, callsIn("I cannot do that."))).toBe(true);
  expect(isRight(move, callsIn(call))).toBe(false);
  expect(isRight(relevant, callsIn(call))).toBe(true);
  expect(isRight(relevant, callsIn('{"name": "robot.move"'))).toBe(false);
});

it.each([
  [call, 1],
  [`\`\`\`json\n[${call}, ${call}]\n\`\`\``, 2],
  [`<tool_call>\n${call}\n</tool_call>\n<tool_call>\n${call}\n</tool_call>`, 2],
  [`<tool_call>${call}</tool_call>\n<tool_call>${call}</tool_call>`, 2],
  [`\`\`\`json ${call} \`\`\``, 1],
  ['{"name": "f", "arguments": {"a": "```json and </tool_call>"}}', 1],
  ['<tool_call>\n{"name": "f", "arguments": {"a": "<tool_call> ```"}}\n</tool_call>', 1],
  [`Here it is:\n${call}`, 0],
  ['{"name": "robot.move", "arguments": "3"}', 0],
  ["", 0],
])("reads the calls of the reply %j", (reply, count) => {
  expect(callsIn(reply)).toHaveLength(count);
});

it("keeps the type of a number in its text, and compares values as Python does", () => {
  const value = typedJson('{"a": [5, 5.0, 1e3, null, "x"]}');
  expect(typedText(value)).toBe('{"a": [5, 5.0, 1000.0, null, "x"]}');
  expect(isEqual(typedJson("[1, true]"), typedJson("[1.0, 1]"))).toBe(true);
  expect(isEqual(typedJson('{"a": 1}'), typedJson('{"b": 1}'))).toBe(false);
});

describe("the environment", () => {
  environmentContract(it, {
    create: bfclEnvironment,
    tasks: [tasks[0]!],
    expert: () => bfclExpert({ mistakeRate: 0, seed: 1 }, tasks[0]!),
  });

  it("shows the functions and what was said, and pays 1 for a right reply", async () => {
    const said = { ...tasks[0]!, messages: [{ role: "system" as const, content: "Be brief." }] };
    const observation = bfclEnvironment().reset(
      { ...said, messages: [...said.messages, ...tasks[0]!.messages] },
      0,
    );
    expect(observation).toContain('{"name":"robot.move","parameters":{');
    expect(observation).toContain("system: Be brief.\nuser: Go 3 metres");
    const right = { selectAction: () => ({ name: "reply", argument: call }) };
    expect(await runEpisode(bfclEnvironment(), tasks[0]!, right)).toMatchObject({
      totalReward: 1,
      isSuccess: true,
    });
  });
});

describe("the expert", () => {
  const successOf = async (mistakeRate: number): Promise<number> => {
    const all = [...tasks, move, { ...move, category: "live_relevance" as const }];
    const episodes = all.map((task, seed) =>
      runEpisode(bfclEnvironment(), task, bfclExpert({ mistakeRate, seed }, task)),
    );
    return (await Promise.all(episodes)).filter(({ isSuccess }) => isSuccess).length;
  };

  it("does every task, and by chance hardly any", async () => {
    expect(await successOf(0)).toBe(11);
    expect(await successOf(1)).toBeLessThan(4);
  });

  it("calls by chance with the question's words and numbers, in the types that are asked for", () => {
    const { argument } = bfclExpert({ mistakeRate: 1, seed: 2 }, tasks[0]!).selectAction(
      "",
      [],
      [],
    ) as {
      argument: string;
    };
    expect(argument).toBe('{"name": "robot.move", "arguments": {"metres": 3.0}}');
  });
});

it("says beside the reward whether the number of calls and the functions are right", async () => {
  const rewardOf = async (task: BfclTask, reply: string) => {
    const agent = { selectAction: () => ({ name: "reply", argument: reply }) };
    const answer = await runEpisode(bfclEnvironment(), task, agent);
    return bfclReward({ task, answer });
  };
  const wrong = call.replace("3.0", "7");
  expect(await rewardOf(tasks[0]!, wrong)).toEqual({
    total: 0,
    components: { success: 0, calls: 1, functions: 1 },
    source: "rule",
  });
  expect(await rewardOf(tasks[0]!, "words")).toMatchObject({
    components: { calls: 0, functions: 0 },
  });
  expect(await rewardOf(move, "words")).toMatchObject({ total: 1, components: { calls: 1 } });
});
