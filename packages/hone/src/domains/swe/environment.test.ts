/** Episodes of repositories, with every reward by hand; tests that hang or are edited; the shell; tasks and the expert. */
import { afterAll, describe, expect, it } from "vitest";
import { runEpisode } from "../../environments/run-episode.ts";
import type { Action } from "../../ports/environment.ts";
import { environmentContract } from "../../testing/environment-contract.ts";
import { sweEnvironment, sweTools } from "./environment.ts";
import { sweExpert } from "./expert.ts";
import { compactSweFormat, instructedSweFormat } from "./format.ts";
import { sweEpisodeReward } from "./rewards.ts";
import { libraries } from "./libraries.ts";
import { type SweLevel, type SweTask, sweTask, sweTasks } from "./tasks.ts";
import { changedLines, patched, rewritten } from "./workspace.ts";

const tools = sweTools();
afterAll(() => Promise.all([tools.runner.close(), tools.shell.close()]));

const task = sweTask(
  [
    "double and half are wrong\n",
    "=== src/two.js",
    ...["exports.double = (x) => x * 3;", "exports.half = (x) => x / 2;"],
    "=== test/two.test.js",
    "const { double, half } = require(`../src/two.js`);",
    ...["test(`double`, () => equal(double(2), 4));", "test(`half`, () => equal(half(2), 1));"],
    "=== hidden/two.test.js",
    "const { double } = require(`../src/two.js`);",
    "test(`double`, () => equal(double(5), 10));",
  ].join("\n"),
);

/** Takes actions one after the other. */
async function play(given: SweTask, ...actions: readonly Action[]) {
  const environment = sweEnvironment({ tools });
  const opening = await environment.reset(given, 0);
  const results = [];
  for (const action of actions) results.push(await environment.step(action));
  return { opening, results, score: environment.score()! };
}

const act = (name: string, argument?: string): Action =>
  argument === undefined ? { name } : { name, argument };
const repair = act("patch", "src/two.js:1 3 ==> 2");

const levels: readonly SweLevel[] = [1, 2, 3];
environmentContract(it, {
  create: () => sweEnvironment({ tools, maxActions: 8 }),
  tasks: sweTasks({ split: "train", count: 3, levels, seed: 3 }),
  expert: () => sweExpert(),
  arguments: ["", "src/range.js", "ls", "x:1 a ==> b"],
});

describe("an episode", () => {
  it("pays for tests that are repaired, and for work that is handed in as it should be", async () => {
    const steps = [act("read", "src/two.js"), repair, act("run_tests"), act("finalize")];
    const { opening, results } = await play(task, ...steps);
    expect(opening).toBe(
      "double and half are wrong\nfiles: src/two.js, test/two.test.js\nfailing: double: got 6, not 4",
    );
    expect(results.map(({ observation }) => observation)).toEqual([
      "1 exports.double = (x) => x * 3;\n2 exports.half = (x) => x / 2;",
      ...["ok", "all 2 tests pass", "accepted"],
    ]);
    // All failing tests by one line: quality 0.3; half of the reasoning, as the file had been read; the other half with the tests.
    const rewards = [0, 0.35, 0.05, 0.6];
    for (const [i, { reward }] of results.entries()) expect(reward).toBeCloseTo(rewards[i]!, 10);
    expect(results.at(-1)!.info).toEqual({ isSuccess: true, isValid: true });
  });

  it("pays less for a repair of more lines, of what was not read, or handed in without tests", async () => {
    const text = "src/two.js\nexports.double = (x) => 2 * x;\nexports.half = (x) => 0.5 * x;";
    const { score } = await play(task, act("write", text), act("finalize"));
    // One changed line of two was needed: hygiene 1/2, quality 3/4. Neither read nor tested.
    expect(score).toMatchObject({ completion: 1, hygiene: 0.5, quality: 0.75, reasoning: 0 });
    expect(score.total).toBeCloseTo(0.4 + 0.2 + 0.3 * 0.75, 10);
  });

  it("pays nothing for tests that were edited, or where another test breaks", async () => {
    const edited = act("patch", "test/two.test.js:2 4 ==> 6");
    const { results, score } = await play(task, edited, act("run_tests"), act("finalize"));
    expect(results.map(({ observation }) => observation)).toEqual([
      ...["ok", "all 2 tests pass", "0 of 1 hidden tests pass"],
    ]);
    expect(score.total).toBe(0);
    const broken = act("patch", "src/two.js:2 2 ==> 4");
    const other = await play(task, repair, broken, act("run_tests"));
    expect(other.score).toMatchObject({ tests: 0, quality: 0, reasoning: 0 });
    expect(other.results.at(-1)!.observation).toBe("1 of 2 tests fail: half: got 0.5, not 1");
    // Also where the tests' file was edited beside a right repair, no line is clean.
    const both = await play(task, repair, edited);
    expect(both.score).toMatchObject({ tests: 1, hygiene: 0 });
  });

  it("costs for what cannot be done", async () => {
    const { results } = await play(
      task,
      ...[act("read", "no.js"), act("patch", "src/two.js:9 a ==> b"), act("write", "../x y")],
      ...[act("patch", "src/two.js:1 x ==> y"), act("bash"), act("guess")],
    );
    expect(results.map(({ observation }) => observation)).toEqual([
      "invalid: there is no file no.js",
      "invalid: src/two.js has 2 lines",
      "invalid: ../x is outside of the repository",
      "invalid: line 1 holds more than once x",
      "invalid: no script",
      "invalid: unknown action",
    ]);
    for (const { reward } of results) expect(reward).toBeCloseTo(-0.05, 10);
  });

  it("goes on after tests that do not end, or that cannot be loaded", async () => {
    const loop = act("patch", "src/two.js:1 ==> exports.double = (x) => { for (;;); };");
    const open = await play(task, loop, act("run_tests"), repair, act("finalize"));
    expect(open.results[1]!.observation).toBe(
      "1 of 1 tests fail: test/two.test.js: the tests did not end within 2 s",
    );
    expect(open.results.at(-1)).toMatchObject({ terminated: true, info: { isSuccess: false } });
    const { results } = await play(task, act("patch", "src/two.js:1 ==> ("), act("run_tests"));
    expect(results[1]!.observation).toMatch(/1 of 1 tests fail: test\/two.test.js: SyntaxError/);
  });
});

describe("the shell", () => {
  it("answers plain commands itself, and knows what was read by them", async () => {
    const { results, score } = await play(
      task,
      ...[act("bash", "ls"), act("bash", "ls src"), act("bash", "grep half src/two.js")],
      ...[act("bash", "cat src/two.js"), act("bash", "grep -rn double"), repair],
    );
    expect(results.map(({ observation }) => observation)).toEqual([
      ...["src\ntest", "two.js", "src/two.js:2:exports.half = (x) => x / 2;"],
      "exports.double = (x) => x * 3;\nexports.half = (x) => x / 2;",
      expect.stringMatching(/^src\/two.js:1:exports.double.*\ntest\/two.test.js:1:const/) as string,
      "ok",
    ]);
    expect(score.reasoning).toBe(0.5);
  });

  it("finds files by their paths from here", async () => {
    const scripts = ["cat ./src/two.js", "ls ./", "ls ./src", "ls src/two.js"];
    const { results } = await play(task, ...scripts.map((script) => act("bash", script)));
    expect(results.map(({ observation }) => observation)).toEqual([
      "exports.double = (x) => x * 3;\nexports.half = (x) => x / 2;",
      ...["src\ntest", "two.js", "src/two.js"],
    ]);
  });

  it("runs any other script in just-bash, over the files", async () => {
    const script = "sed -i 's/\\* 3/* 2/' src/two.js && wc -l src/two.js";
    const { results, score } = await play(task, act("bash", script), act("run_tests"));
    expect(results.map(({ observation }) => observation.trim())).toEqual([
      ...["2 src/two.js", "all 2 tests pass"],
    ]);
    expect(score).toMatchObject({ tests: 1, hygiene: 1 });
  });
});

describe("changes", () => {
  const files = { "a.js": "one two\nthree\n" };
  it("are of one place in a line, or of the whole line, or file", () => {
    expect(patched(files, "a.js:1 two ==> 2 =>")).toEqual({
      files: { "a.js": "one 2 =>\nthree\n" },
    });
    expect(patched(files, "a.js:2 ==> ")).toEqual({ files: { "a.js": "one two\n\n" } });
    expect(patched(files, "a.js:2 th ==>")).toEqual({ files: { "a.js": "one two\nree\n" } });
    expect(patched(files, "a.js two => 2")).toEqual({ problem: "write FILE:LINE OLD ==> NEW" });
    expect(rewritten(files, "b.js\nx\ny")).toEqual({ files: { ...files, "b.js": "x\ny\n" } });
  });

  it("are counted by lines, tests apart", () => {
    const lines = (text: string) => changedLines(files, { "a.js": text, "test/a.js": "x\n" });
    expect(
      ["one two\nthree\n", "one 2\nthree\n", "three\n", "three\none two\nx\n"].map(lines),
    ).toEqual([0, 1, 1, 1]);
  });
});

describe("sweTasks", () => {
  it("shares no bugs of a library between the splits, whatever the names", () => {
    const bugsIn = (split: "train" | "test") =>
      sweTasks({ split, count: 60, levels, seed: 2 }).map(withoutNames);
    const train = new Set(bugsIn("train"));
    expect(bugsIn("test").filter((one) => train.has(one))).toEqual([]);
  });

  it("gives as many as there are, with their bugs", () => {
    const some = sweTasks({ split: "test", count: 5000, levels: [1] });
    expect(some.length).toBeGreaterThan(30);
    expect(some.length).toBeLessThan(5000);
    expect(sweTasks({ split: "train", count: 2, levels: [3] }).map(({ bugs }) => bugs)).toEqual([
      2, 2,
    ]);
  });
});

/** The sources of a copy, with the names that differ from copy to copy as what they stand for. */
function withoutNames({ id, files }: SweTask): string {
  const { names } = libraries.find(({ name }) => id.includes(`:${name}:`))!;
  return Object.entries(names).reduce(
    (text, [name, choices]) =>
      text.replaceAll(new RegExp(`\\b(${choices.join("|")})\\b`, "g"), `$${name}`),
    JSON.stringify(files),
  );
}

it("counts the costs of what could not be done, and not of words that look like it", async () => {
  const actions = [act("bash", 'echo "invalid: x"'), act("read", "no.js"), act("finalize")];
  const agent = {
    selectAction: (_: string, __: unknown, { length }: readonly unknown[]) => actions[length]!,
  };
  const episode = await runEpisode(sweEnvironment({ tools }), task, agent);
  const { total, components } = await sweEpisodeReward(task, episode, tools);
  expect(components["invalid"]).toBeCloseTo(-0.05, 10);
  expect(total).toBeCloseTo(-0.05, 10);
});

it("repairs what it makes, and is rewarded by the same parts when the episode is read again", async () => {
  const tasks = sweTasks({ split: "train", count: 6, levels, seed: 8 });
  for (const [seed, one] of tasks.entries()) {
    const right = await runEpisode(sweEnvironment({ tools }), one, sweExpert());
    expect(right.totalReward).toBeCloseTo(1, 10);
    const episode = await runEpisode(
      ...([sweEnvironment({ tools }), one, sweExpert({ mistakeRate: 0.4, seed })] as const),
    );
    const { total, components } = await sweEpisodeReward(one, episode, tools);
    const { completion, efficiency, quality, reasoning, invalid } = components;
    expect(total).toBeCloseTo(
      0.4 * completion! + 0.2 * efficiency! + 0.3 * quality! + 0.1 * reasoning! + invalid!,
      10,
    );
  }
});

it.each([
  ["repair nothing known", /names none of range, list/],
  ["x\n\nno files here", /no line `=== path` begins a file/],
  ["x\n\n=== /etc/a.js\n1", /\/etc\/a.js is outside/],
  ["x\n\n=== src/a.js\n1", /no file under test/],
])("refuses %j as a problem", (text, problem) => {
  expect(() => sweTask(text)).toThrow(problem);
  expect(() => sweTask(text)).toThrow(/^SWE_PROBLEM_INVALID/);
});

it("is written in few words for a model made from nothing; others may write files of several lines", () => {
  const { observe } = compactSweFormat;
  expect(
    observe!(
      "Tests of list fail. Repair it.\nfiles: src/list.js, test/list.test.js\nfailing: sum: got 8, not 9",
    ),
  ).toBe("list src/list.js sum: got 8, not 9");
  expect(instructedSweFormat.parse!("write src/a.js\n```js\nx\ny\n```")).toEqual(
    act("write", "src/a.js\nx\ny"),
  );
  expect(instructedSweFormat.parse!("patch a.js:1 > ==> <\nDone.")).toEqual(
    act("patch", "a.js:1 > ==> <"),
  );
});
