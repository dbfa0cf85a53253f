/** Errors of rewards and feedback: what scores, and what people said. */
import type { OptionNaming } from "../option-naming.ts";

export const rewardErrors = {
  REWARD_NOT_APPLICABLE: (f: { components: readonly string[] }) => ({
    what: `None of the reward's components applies to the input: ${f.components.join(", ")}.`,
    fix: "Leave this input out (training leaves such a rollout out by itself), or add a component that applies to every input. A missing reward is not a reward of 0.",
  }),
  REWARD_OUT_OF_RANGE: (f: { component: string; got: number; low: number; high: number }) => ({
    what: `The reward component ${f.component} gave ${f.got}; its range is ${f.low} to ${f.high}.`,
    fix: "Correct the component, or declare the range it really has.",
  }),
  REWARD_COMPONENT_FAILED: (f: { component: string; problem: string }) => ({
    what: `The reward component ${f.component} failed: ${f.problem}`,
    fix: "Correct the component: it must return a number, or undefined for an input that it does not apply to.",
  }),
  JUDGE_FAILED: (f: { judge: string; problem: string; calls: number }) => ({
    what: `The judge ${f.judge} gave no usable verdict in ${f.calls} calls; the last: ${f.problem}`,
    fix: "Leave this input out, allow more tries, or choose a model that answers in the format that the judge asks for.",
  }),
  GROUP_REWARD_INVALID: (f: { task: string; expected: number; got: string }) => ({
    what: `The reward of the group of ${JSON.stringify(f.task)} must give ${f.expected} rewards, one for each rollout; it gave ${f.got}.`,
    fix: "Return a list as long as `rollouts`, in their order; undefined in the place of a rollout that has no reward.",
  }),
  RUN_JUDGE_BUDGET_SPENT: (
    f: {
      judge: string;
      /** "500 calls", "$1.98". */
      spent: string;
      budget: string;
      /** The option that gives the budget. */
      option: string;
    },
    option: OptionNaming,
  ) => ({
    what: `The budget of the judge ${f.judge} is spent: ${f.spent} of ${f.budget}.`,
    fix: `Raise ${option(f.option)} and resume the run: it goes on from its last checkpoint. Fewer steps, fewer tasks a step or a cache of verdicts need fewer calls.`,
  }),
  RUN_JUDGE_COST_UNKNOWN: (f: { judge: string }, option: OptionNaming) => ({
    what: `The judge ${f.judge} does not say how many tokens a call used, so its cost is not known.`,
    fix: `Give ${option("judgeBudget")} as a number of calls.`,
  }),
  JUDGE_PRICE_UNKNOWN: (f: { judge: string; known: readonly string[] }, option: OptionNaming) => ({
    what: `There is no price of the judge ${f.judge}, so a budget in money cannot be kept; prices are known of ${f.known.join(", ")}.`,
    fix: `Give a file with ${option("judgePrices")}, such as {"${f.judge}": {"input": 0.15, "output": 0.6}} in dollars per million tokens, or a budget in calls.`,
  }),
  MODEL_NAME_INVALID: (f: { name: string; problem?: string; providers: readonly string[] }) => ({
    what: `"${f.name}" names no model${f.problem === undefined ? "" : `: ${f.problem}`}.`,
    fix: `Give a provider and its model, such as openai/gpt-4o-mini (providers: ${f.providers.join(", ")}), or an address with the model behind a #, such as http://127.0.0.1:8080/v1#judge.`,
  }),
  MODEL_KEY_MISSING: (f: { model: string; variable: string }) => ({
    what: `The model ${f.model} needs a key, and ${f.variable} is not set.`,
    fix: `Set ${f.variable} in the environment to the key of your account, or name a model that needs none, such as ollama/…. Where it is the judge of a configuration, \`--judge none\` learns from rules alone.`,
  }),
  FEEDBACK_UNREADABLE: (f: { file: string; reason: string }) => ({
    what: `The feedback file ${f.file} cannot be read (${f.reason}).`,
    fix: "Give a text file in UTF-8: CSV, or one JSON object a line. `npx hone feedback import --help` names the columns.",
  }),
  FEEDBACK_LINE_INVALID: (f: { file: string; line: number; problem: string }) => ({
    what: `${f.file}:${f.line}: ${f.problem}.`,
    fix: "Correct the line or leave it out, and import the file again; nothing of it was stored. `npx hone feedback import --help` names the columns.",
  }),
  FEEDBACK_ANSWER_INVALID: (f: { line: number; got: string; expected: string }) => ({
    what: `Line ${f.line} of the answers is ${JSON.stringify(f.got)}; it must be ${f.expected}.`,
    fix: "Correct that line and start again. The answers before it are stored and are not asked for again.",
  }),
  FEEDBACK_NO_ANSWER: (f: { id: string }) => ({
    what: `The trace ${JSON.stringify(f.id)} has no answer in words that could be corrected.`,
    fix: `Choose a trace whose last model call answered with text; \`npx hone traces show ${f.id}\` shows the calls of this one.`,
  }),
  CORRECTION_UNREADABLE: (f: { file: string; reason: string }, option: OptionNaming) => ({
    what: `The corrected answer ${f.file} cannot be read (${f.reason}).`,
    fix: `Give a text file in UTF-8 that holds the better answer, or leave out ${option("file")} and write the answer in an editor.`,
  }),
  EDITOR_FAILED: (f: { editor: string; problem: string }) => ({
    what: `The editor ${JSON.stringify(f.editor)} gave back no corrected answer (${f.problem}).`,
    fix: "Set VISUAL or EDITOR to an editor that runs until the file is closed, such as nano or `code --wait`, or give the answer with --file. Nothing was stored.",
  }),
} as const;
