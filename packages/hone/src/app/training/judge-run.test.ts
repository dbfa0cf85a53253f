/** `hone train grpo --judge`: rewards of a model by name on a budget, on a golden folder of random weights. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type ModelEndpoint,
  startModelEndpoint,
} from "../../../../../test/doubles/model-endpoint.ts";
import { trainings } from "../trainings.ts";
import { resolveSettings } from "./config.ts";
import type { PipelineEvent } from "./pipeline-events.ts";
import { settingsOfTraining } from "./training-settings.ts";
import { trainingEvents } from "./training-events-fixture.ts";

const model = join(import.meta.dirname, "../../../../../test/golden/models/qwen2");
const root = mkdtempSync(join(tmpdir(), "hone-judge-"));
let endpoint: ModelEndpoint;
beforeAll(async () => {
  endpoint = await startModelEndpoint(({ text }) => {
    const count = Number(/Score each of the (\d+) candidates/.exec(text)![1]);
    const scores = Array.from({ length: count }, (_, i) => ({ id: i + 1, score: i / count }));
    return { text: JSON.stringify({ scores }) };
  });
});
afterAll(async () => {
  await endpoint.close();
  rmSync(root, { recursive: true, force: true });
});

const small = {
  ...{
    model,
    steps: 3,
    groupSize: 3,
    groupsPerStep: 2,
    maxTokens: 6,
    maxActions: 1,
    prompt: "compact",
  },
  ...{ trainTasks: 8, testTasks: 2, threads: 1, keepRollouts: "none" },
};

const run = (flags: Readonly<Record<string, unknown>>, resumed?: string) =>
  trainingEvents({ name: "grpo", flags, resumed });

const stepsOf = (events: readonly PipelineEvent[]) =>
  events.flatMap((event) => (event.kind === "step" ? [event.step.step] : []));

describe("a judge by name", () => {
  it("is left out by none, whatever a configuration says", async () => {
    const config = join(root, "judged.json");
    writeFileSync(config, JSON.stringify({ judge: "openai/gpt-4o-mini" }));
    const { settings } = await resolveSettings(settingsOfTraining(trainings.grpo), {
      flags: { judge: "none" },
      file: config,
    });
    expect(settings.judge).toBeUndefined();
  });

  it("scores groups until its budget is spent; the steps until then are saved, and a larger budget goes on", async () => {
    const out = join(root, "run");
    const judge = `${endpoint.url}#judge`;
    const rubric = join(root, "rubric.md");
    writeFileSync(rubric, "The shortest is best.\n");
    const first = await run({ ...small, out, judge, rubric, judgeBudget: "3" });
    expect(first.error).toMatchObject({ code: "RUN_JUDGE_BUDGET_SPENT" });
    expect(String(first.error)).toMatch(/3 calls of 3 calls/);
    // The third call began and was ended with its step, before or after it was sent.
    const made = endpoint.requests.length;
    expect([2, 3]).toContain(made);
    expect(endpoint.requests[0]!.text).toContain("The shortest is best.");
    expect(stepsOf(first.events)).toEqual([1]);
    expect(first.events.slice(-3)).toMatchObject([
      { kind: "checkpoint", step: 1 },
      {
        kind: "note",
        text: expect.stringMatching(/^judge .*: 3 calls, \d+ tokens in, \d+ out$/) as string,
      },
      { kind: "stopped", step: 1 },
    ]);
    const spent = () => JSON.parse(readFileSync(join(out, "judge.json"), "utf8")) as object;
    expect(spent()).toMatchObject({ judge, calls: 3 });

    const again = await run({ threads: 1 }, out);
    expect(again.error).toMatchObject({ code: "RUN_JUDGE_BUDGET_SPENT" });
    expect(endpoint.requests).toHaveLength(made);

    const { events, error } = await run({ threads: 1, judgeBudget: "100" }, out);
    expect(error).toBeUndefined();
    expect(stepsOf(events)).toEqual([2, 3]);
    expect(events.at(-1)).toMatchObject({ kind: "done" });
    expect(endpoint.requests).toHaveLength(made + 4);
    expect(spent()).toMatchObject({ calls: 7 });
    expect(existsSync(join(out, "failure.json"))).toBe(false);
  });

  it.each([
    [
      { judge: undefined, judgeBudget: "5" },
      /--judge-budget: it can be given only together with --judge/,
    ],
    [
      { judgeBudget: "much" },
      /--judge-budget: expected calls, such as 500, or dollars, such as "\$2" or 2usd/,
    ],
    [{ judgeBudget: "0" }, /--judge-budget: expected more than 0, got 0/],
    [
      { judgeBudget: "$2" },
      /JUDGE_PRICE_UNKNOWN: .*#judge.*openai\/gpt-4o-mini.*\n.*`judgePrices`/,
    ],
    [{ judgePrices: join(root, "none.json") }, /--judge-prices: .*no such file/],
    [{ rubric: "./none.md" }, /--rubric: \.\/none\.md cannot be read \(there is no such file\)/],
    [{ judge: "gpt" }, /MODEL_NAME_INVALID/],
  ])("is refused before anything is written: %o", async (changes, message) => {
    const given = {
      ...small,
      out: join(root, "nothing"),
      judge: `${endpoint.url}#judge`,
      ...changes,
    };
    const flags = Object.fromEntries(Object.entries(given).filter(([, one]) => one !== undefined));
    await expect(
      run(flags).then(({ error }) => {
        throw error;
      }),
    ).rejects.toThrow(message);
    expect(existsSync(join(root, "nothing"))).toBe(false);
  });

  it("keeps a budget in money by the prices of a file, and counts all of it", async () => {
    const judge = `${endpoint.url}#judge`;
    const judgePrices = join(root, "prices.json");
    writeFileSync(judgePrices, JSON.stringify({ [judge]: { input: 10_000, output: 10_000 } }));
    const flags = {
      ...small,
      out: join(root, "money"),
      judge,
      judgePrices,
      judgeBudget: "0.001usd",
    };
    const { error } = await run(flags);
    expect(String(error)).toMatch(/RUN_JUDGE_BUDGET_SPENT: .*\$\d+\.\d+ of \$0\.0010/);
  });
});
