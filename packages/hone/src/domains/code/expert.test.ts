import { afterAll, describe, expect, it } from "vitest";
import { actionOf, conversationOf } from "../../environments/chat-format.ts";
import { runEpisode } from "../../environments/run-episode.ts";
import type { UnscoredRollout } from "../../ports/reward.ts";
import { codeRunner } from "./code-runner.ts";
import { codeEnvironment } from "./environment.ts";
import { codeExpert } from "./expert.ts";
import { compactCodeFormat, instructedCodeFormat } from "./format.ts";
import { codeReward } from "./rewards.ts";
import { type CodeTask, codeTask, codeTasks } from "./tasks.ts";
import { writtenFunction } from "./written-function.ts";

const runner = codeRunner();
afterAll(() => runner.close());
const tasks = codeTasks({ split: "train", count: 90, levels: [1, 2, 3] });

const episode = (task: CodeTask, mistakeRate = 0, seed = 0) =>
  runEpisode(codeEnvironment({ runner, maxActions: 8 }), task, codeExpert({ mistakeRate, seed }));
const episodes = (mistakeRate: number, seed = 1) =>
  Promise.all(tasks.map((task) => episode(task, mistakeRate, seed)));

describe("the code expert", () => {
  it("writes every function without a wrong step", async () => {
    for (const { isSuccess, steps } of await episodes(0)) {
      expect(isSuccess).toBe(true);
      expect(steps.every(({ reward }) => reward > 0)).toBe(true);
    }
  });

  it("errs more often the higher its mistake rate, and the same way for the same seed", async () => {
    const share = async (mistakeRate: number) =>
      (await episodes(mistakeRate)).filter(({ isSuccess }) => isSuccess).length / tasks.length;
    const shares = [await share(0.2), await share(0.6)];
    expect(shares[0]).toBeGreaterThan(0.6);
    expect(shares[0]).toBeLessThan(1);
    expect(shares[1]).toBeLessThan(shares[0]! - 0.2);
    expect(await episodes(0.4, 4)).toEqual(await episodes(0.4, 4));
    expect(() => codeExpert({ mistakeRate: 2 })).toThrow(/OPTION_INVALID/);
  });

  it("repairs lines by debug after an example that fails", async () => {
    const repaired = (await episodes(0.3)).filter(
      ({ isSuccess, steps }) => isSuccess && steps.some(({ action }) => action.name === "debug"),
    );
    expect(repaired.length).toBeGreaterThan(10);
  });
});

describe("the function of an episode", () => {
  it("is a program of its own", async () => {
    const task = codeTask("keep above 3, sum");
    expect(writtenFunction(task, await episode(task))).toBe(
      [
        "const f = (xs) => {",
        "  let r = (xs.filter(x => x > 3));",
        "  r = (r.reduce((a, b) => a + b, 0));",
        "  return r;",
        "};",
      ].join("\n"),
    );
  });
});

const contents = async (task: CodeTask, format = compactCodeFormat) =>
  conversationOf(await episode(task), format).map(({ content }) => content);

describe("formats", () => {
  it("are short for small models", async () => {
    expect(await contents(codeTask("keep above 3, sum"))).toEqual([
      "js xs keep above 3, sum",
      "analyze_requirements filter sum",
      "ok",
      "write_function xs.filter(x=>x>3)",
      "ok",
      "add_logic r.reduce((a,b)=>a+b,0)",
      "ok",
      "test_code",
    ]);
    expect(await contents(codeTask("split words, last 2 of each, join words"))).toContain(
      'write_function s.split(" ")',
    );
    expect(compactCodeFormat.observe!("f([1, 2]) = 3, not 4")).toBe("3, not 4");
    const debug = { name: "debug", argument: "1 [x for x in xs if x - 1 > -2]" };
    expect(compactCodeFormat.format!(debug)).toBe(
      "debug 1 [x for x in xs if x-1> -2]".replace("> -", ">-"),
    );
  });

  it("mean the same to the environment, with blanks or without", async () => {
    const all = await Promise.all(tasks.slice(0, 30).map((task) => contents(task)));
    for (const [i, task] of tasks.slice(0, 30).entries()) {
      const lines = all[i]!.filter((_, place) => place % 2 === 1);
      const agent = {
        selectAction: (_s: string, _v: readonly string[], done: readonly unknown[]) =>
          actionOf({ role: "assistant", content: lines[done.length]! }, compactCodeFormat),
      };
      expect((await runEpisode(codeEnvironment({ runner }), task, agent)).isSuccess).toBe(true);
    }
  });

  it("have the rules for models that follow instructions, whose code may have lines and fences", async () => {
    const said = conversationOf(await episode(codeTask("reverse")), instructedCodeFormat);
    expect(said[0]!.role).toBe("system");
    const read = (content: string) =>
      actionOf({ role: "assistant", content }, instructedCodeFormat);
    expect(read("write_function\n```js\nfunction f(xs) {\n  return xs;\n}\n```")).toEqual({
      name: "write_function",
      argument: "function f(xs) {\n  return xs;\n}",
    });
    expect(read("debug 1 ```\nxs\n```")).toEqual({ name: "debug", argument: "1 xs" });
    expect(read("test_code")).toEqual({ name: "test_code" });
    expect(read("Let me think.").name).toBe("malformed");
  });
});

describe("the code reward", () => {
  it("is 0 without success for a rollout that has no episode", () => {
    type Unscored = UnscoredRollout<CodeTask, never>;
    const rollout = { answer: undefined } as Partial<Unscored> as Unscored;
    expect(codeReward(rollout)).toEqual({ total: 0, components: { success: 0 }, source: "rule" });
  });
});
