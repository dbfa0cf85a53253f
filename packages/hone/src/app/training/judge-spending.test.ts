import { join } from "node:path";
import { tmpdir } from "node:os";
import { expect, it } from "vitest";
import { JudgeMeter } from "../../rewards/judges/judge-meter.ts";
import { JudgeSpending } from "./judge-spending.ts";
import type { PipelineEvent } from "./pipeline-events.ts";

const judge = {
  name: "j",
  meter: new JudgeMeter({ judge: "j" }),
  spent: new AbortController(),
  settled: {},
  replacesReward: true,
  reward: () => ({ rewards: () => [] }),
};

async function eventsOf(events: AsyncIterable<PipelineEvent>) {
  const seen: PipelineEvent[] = [];
  try {
    for await (const event of events) seen.push(event);
  } catch (error) {
    return { seen, error };
  }
  return { seen, error: undefined };
}

const note = { kind: "note", text: "begun" } as const;

it("a spending that cannot be written does not hide with which error the run ended", async () => {
  const spending = new JudgeSpending(judge);
  await spending.open(join(tmpdir(), "hone-no-such-folder"));
  const failing = (async function* () {
    yield note;
    throw new Error("the run's own");
  })();
  const { seen, error } = await eventsOf(spending.watch(failing));
  expect(error).toEqual(new Error("the run's own"));
  expect(seen).toMatchObject([note, { kind: "warning", text: expect.stringMatching(/the judge/) }]);
  const whole = (async function* () {
    yield note;
  })();
  expect((await eventsOf(spending.watch(whole))).error).toMatchObject({ code: "WRITE_FAILED" });
});
