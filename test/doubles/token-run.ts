/** A run that kept two rollouts of one task: one whose text would be a script, were it read as HTML, and a long one. */
import { basename, join } from "node:path";
import { openStore } from "../../packages/hone/src/app/open-store.ts";
import type { Rollout, Turn } from "../../packages/hone/src/core/rollout.ts";
import { traceOfRollout } from "../../packages/hone/src/rollouts/rollout-trace.ts";
import { createRunFolder, runNameOf } from "../../packages/hone/src/runs/open-run.ts";
import { openRenderer } from "../../packages/hone/src/text/renderer.ts";

const model = join(import.meta.dirname, "../golden/models/qwen2");

/** The text of the first rollout, and what both are asked. */
export const hostileText = `<img src=x onerror="window.ran=1"><script>window.ran=1</script>`;

/** A rollout of one turn, whose tokens are those of a text, again and again up to a number. */
async function rolloutOf(
  id: string,
  text: string,
  total: number,
  count?: number,
): Promise<Rollout> {
  const renderer = await openRenderer(model);
  const question = { role: "user" as const, content: hostileText };
  const once = await renderer.encode(text);
  const tokens = Array.from({ length: count ?? once.length }, (_, t) => once[t % once.length]!);
  const logProbs = tokens.map((_, t) => -((t % 7) + 1) / 4);
  const turn: Turn = {
    messages: [question],
    reply: { role: "assistant", content: text },
    promptTokens: await renderer.prompt([question]),
    ...{ tokens, logProbs, samplingLogProbs: logProbs },
    entropies: tokens.map((_, t) => (t % 5) / 2),
    ...{ temperature: 1, isTruncated: false, stopReason: "stop", weightsVersion: "policy@0" },
  };
  return {
    ...{ id, task: { id: "hostile" }, turns: [turn], answer: text, attempts: 1, seconds: 1 },
    reward: { total, components: { success: total }, source: "rule" },
    ...{ isSuccess: total > 0, failure: undefined },
  };
}

/**
 * Makes a run with these rollouts ("short" and "long") in its first step, and the task's evaluation before and after.
 * @param options.tokens  of the long rollout
 * @param options.steps   of the phase "grpo". Default 1
 */
export async function makeTokenRun(
  folder: string,
  { tokens, steps = 1 }: { readonly tokens: number; readonly steps?: number },
): Promise<void> {
  const run = await createRunFolder({
    ...{ name: basename(folder), out: folder },
    config: { command: "train", model },
  });
  const rollouts = [
    await rolloutOf("short", hostileText, 0),
    await rolloutOf("long", "one and one are two\n", 1, tokens),
  ];
  const origin = {
    ...{ run: runNameOf(run.record), agent: basename(folder), endedAt: 1_700_000_000_000 },
  };
  const store = await openStore(`sqlite:${join(folder, "rollouts.db")}`);
  await store.put([
    ...rollouts.map((one, index) =>
      traceOfRollout(one, { ...origin, phase: "grpo", split: "train", step: 1, group: 0, index }),
    ),
    ...["start", "after grpo"].map((phase, i) =>
      traceOfRollout(
        { ...rollouts[0]!, isSuccess: i === 1, reward: { ...rollouts[0]!.reward!, total: i } },
        { ...origin, phase, split: "test", group: 0, index: 0 },
      ),
    ),
  ]);
  await store.close();
  run.addTrained("grpo", 1, {
    weightsVersion: "policy@0",
    rollouts: rollouts.map(({ id, reward, turns }) => ({
      rolloutId: id,
      rows: [
        {
          ...{ index: 0, advantage: reward!.total === 1 ? 1 : -1, weight: 1, updatesBefore: 0 },
          logProbs: turns[0]!.logProbs.map((one) => one + 0.01),
        },
      ],
    })),
  });
  run.tracker.scalars("evaluation", 1, { reward: 1 });
  for (let step = 1; step <= steps; step++)
    run.tracker.scalars("grpo", step, { reward: Math.sin(step / 50), loss: 1 / step, step });
  run.tracker.scalars("evaluation", 2, { reward: 1 });
  await run.close();
}
