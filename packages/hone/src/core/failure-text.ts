/** The words for rollouts that failed: where, with which error, and what to do. Errors and warnings share them. */
import type { OptionNaming } from "./option-naming.ts";
import type { Boundary, RolloutFailure } from "./rollout.ts";

interface BoundaryText {
  /** Behind "most of them …". */
  readonly where: string;
  /** What to do, with the name of the option that helps. */
  readonly advice: (option: OptionNaming) => string;
}

const texts: Readonly<Record<Boundary, BoundaryText>> = {
  policy: {
    where: "in a call of the model",
    advice: () =>
      "Give the model what it can read: tasks like those that it learned, shorter messages, fewer turns. A model that learned conversations does not know the actions of a domain.",
  },
  agent: {
    where: "in the agent",
    advice: () =>
      "Correct the agent. Until it returns an answer there is no reward, so nothing is learned.",
  },
  tool: { where: "in a tool", advice: () => "Correct the tool, or catch its error in the agent." },
  environment: {
    where: "in the environment",
    advice: () => "Correct the environment: it must answer every action without throwing.",
  },
  sandbox: {
    where: "in a sandbox",
    advice: () =>
      "Look at what the sandbox says. What a program does wrong is no failure but its result, so that the sandbox itself failed: by its memory, its installation or a fault.",
  },
  reward: {
    where: "in the reward",
    advice: () =>
      "Correct the reward function: it must return a finite number, or { total, components, source }, for every answer. Without `return` it gives undefined; a number as text needs Number(…).",
  },
  worker: {
    where: "at the workers of the queue",
    advice: () =>
      "Look at what the workers (`npx hone worker`) print, and start them again. A rollout that ten of them took and none ended is given up.",
  },
  deadline: {
    where: "at the deadline",
    advice: (option) =>
      `Look at what the agent or the reward waits for (both are given a signal or end by themselves), or allow more seconds with ${option("deadline")}.`,
  },
};

/** "in the reward: TypeError: … (at /home/me/reward.ts:12:9)" */
export function failureText({ boundary, message, place }: RolloutFailure): string {
  const at = place === undefined ? "" : ` (at ${place})`;
  // An error of hone brings its own advice, which is for one rollout.
  const [what = ""] = message.split("\n  → ");
  return `${texts[boundary].where}: ${what.replace(/\.?\s*$/, "")}${at}.`;
}

/** A judge's verdicts are not the user's code, so there is no function to correct. */
const judgeAdvice =
  "Choose a judge that answers in the format that it is asked for, or allow more tries; what it answered instead is said above.";

/** Whether a failure is that no server answered at an address: a refused connection, an unknown name, no answer in time. */
const isUnreachable = (problem: string): boolean =>
  /\b(?:ECONNREFUSED|ENOTFOUND|EHOSTUNREACH|ETIMEDOUT|EAI_AGAIN)\b/.test(problem);

const unreachableAdvice =
  "Nothing answers at the address that is said above: start that server (for ollama/… `ollama serve`), or correct the address.";

/**
 * What to do about rollouts that fail there; of an unknown boundary what to look at.
 * @param problem  the failure in words, whose code may say more than the boundary
 */
export function failureAdvice(boundary: string, option: OptionNaming, problem = ""): string {
  if (/JUDGE_FAILED:/.test(problem)) return judgeAdvice;
  if (boundary === "policy" && isUnreachable(problem)) return unreachableAdvice;
  if (Object.hasOwn(texts, boundary)) return texts[boundary as Boundary].advice(option);
  return "Correct what failed: the agent, its tools, the environment or the reward.";
}
