/** Searches with a real small model, SmolLM2-135M-Instruct, as what does the tasks and, in some, as its own critic. */
import { existsSync } from "node:fs";
import { apo } from "../../../packages/hone/src/algorithms/prompts/apo.ts";
import { gepa } from "../../../packages/hone/src/algorithms/prompts/gepa.ts";
import { optimizePrompts } from "../../../packages/hone/src/app/prompts/optimize-prompts.ts";
import type { ChatModel } from "../../../packages/hone/src/ports/chat-model.ts";
import { agent, reward, start, tasks } from "./capitals.ts";

/** Wordings that a person wrote, for a critic that gives one after the other, whatever it is shown. */
const wordings = [
  "Answer with one word. {country}:",
  "What is the capital of {country}? Answer with the name of the city only.",
  "Name the capital city of {country}.",
];

const given = (): ChatModel => {
  let next = 0;
  return {
    chat: async () => ({
      role: "assistant",
      content: `<prompt>${wordings[next++ % wordings.length]}</prompt>`,
    }),
  };
};

const sizes = { validationSize: 8, minibatchSize: 3, maxExampleLength: 400 };

/** Name → what is searched with. */
export const searches = {
  "gepa-given": {
    title: "GEPA, wordings of a person as the critic",
    method: () => gepa({ ...sizes, steps: 3 }),
    critic: given,
  },
  "gepa-own": {
    title: "GEPA, SmolLM2 as its own critic",
    method: () => gepa({ ...sizes, steps: 4 }),
    critic: undefined,
  },
  "apo-own": {
    title: "APO, SmolLM2 as its own critic",
    method: () => apo({ ...sizes, rounds: 1, beamWidth: 1, branchFactor: 3 }),
    critic: undefined,
  },
} as const;

/** The name of a search. */
export type Search = keyof typeof searches;

interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** What came of a search. */
export interface SearchResult {
  readonly title: string;
  readonly prompts: { readonly before: string; readonly after: string };
  readonly before: Interval;
  readonly after: Interval;
  readonly difference: Interval;
  readonly tasks: number;
  readonly candidates: readonly { readonly prompt: string; readonly score: number }[];
  readonly spent: { readonly rollouts: number; readonly criticCalls: number };
  readonly warnings: readonly { readonly code: string; readonly count: number }[];
  readonly seconds: number;
}

/** Runs a search, or goes on with the one in the folder. */
export async function searchResult(
  name: Search,
  {
    model,
    threads,
    out,
  }: { readonly model: string; readonly threads: number; readonly out: string },
): Promise<SearchResult> {
  const { title, method, critic } = searches[name];
  const result = await optimizePrompts({
    model,
    agent,
    reward,
    tasks,
    prompts: start,
    method: method(),
    ...(critic !== undefined && { critic: critic() }),
    criticSampling: { maxTokens: 120, temperature: 0.7 },
    sampling: { maxTokens: 16 },
    seed: 1,
    threads,
    deadline: 600,
    ...(existsSync(out) ? { resume: out } : { out }),
    onEvent: ({ kind, ...event }) =>
      console.log(name, kind, "text" in event ? event.text : "step" in event ? event.step : ""),
  });
  const { before, after, difference, candidates, best, spent, warnings, seconds } = result;
  return {
    title,
    prompts: { before: start.ask, after: candidates[best]!.prompts["ask"]! },
    before: before.success,
    after: after.success,
    difference: difference.success,
    tasks: after.taskCount,
    candidates: candidates.map(({ prompts, score }) => ({ prompt: prompts["ask"]!, score })),
    spent,
    warnings: warnings.map(({ code, count }) => ({ code, count })),
    seconds,
  };
}
