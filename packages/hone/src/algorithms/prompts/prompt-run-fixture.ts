/** A prompt method run to its end, for tests. */
import type { Prompts } from "../../core/prompts.ts";
import type { Task } from "../../core/rollout.ts";
import type { Critic } from "../../ports/critic.ts";
import type {
  PromptEnd,
  PromptMethod,
  PromptStep,
  PromptTrials,
} from "../../ports/prompt-method.ts";

/** Tasks "t0", "t1", …, of two kinds in turn. */
export const someTasks = (count: number): readonly Task[] =>
  Array.from({ length: count }, (_, i) => ({ id: `t${i}`, kind: i % 2 === 0 ? "even" : "odd" }));

/** What is run. */
export interface MethodRun {
  readonly method: PromptMethod;
  readonly critic: Critic;
  readonly trials: PromptTrials;
  readonly prompts?: Prompts;
  readonly tasks?: readonly Task[];
  readonly seed?: number;
}

/** The steps of a method, and why it ended. */
export async function methodRun({
  method,
  prompts = { system: "0" },
  tasks = someTasks(12),
  seed = 1,
  ...parts
}: MethodRun): Promise<{
  readonly steps: readonly PromptStep[];
  readonly last: PromptStep;
  readonly end: PromptEnd;
}> {
  const steps: PromptStep[] = [];
  const running = method.run({ prompts, tasks, seed, ...parts });
  for (;;) {
    const { done, value } = await running.next();
    if (done === true) return { steps, last: steps.at(-1)!, end: value };
    steps.push(value);
  }
}
