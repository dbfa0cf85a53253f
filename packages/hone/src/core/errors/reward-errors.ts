/** Errors of rewards and feedback: what scores, and what people said. */
export const rewardErrors = {
  REWARD_NOT_APPLICABLE: (f: { components: readonly string[] }) => ({
    what: `None of the reward's components applies to the input: ${f.components.join(", ")}.`,
    fix: "Leave the input out, as training does with the rollout, or add a component that always applies; no reward is not a reward of 0.",
  }),
  REWARD_OUT_OF_RANGE: (f: { component: string; got: number; low: number; high: number }) => ({
    what: `The reward component ${f.component} gave ${f.got}; its range is ${f.low} to ${f.high}.`,
    fix: "Correct the component, or declare the range it really has.",
  }),
  REWARD_COMPONENT_FAILED: (f: { component: string; problem: string }) => ({
    what: `The reward component ${f.component} failed: ${f.problem}`,
    fix: "A component gives a number for everything it may be asked about, or undefined where it does not apply.",
  }),
  JUDGE_FAILED: (f: { judge: string; problem: string; calls: number }) => ({
    what: `The judge ${f.judge} gave no usable verdict in ${f.calls} calls; the last: ${f.problem}`,
    fix: "Leave this out of the batch, allow more tries, or choose a model that keeps to the format asked for.",
  }),
  FEEDBACK_UNREADABLE: (f: { file: string; reason: string }) => ({
    what: `The feedback file ${f.file} cannot be read (${f.reason}).`,
    fix: "Give a text file in UTF-8 with one JSON object a line, as docs/rewards.md shows.",
  }),
  FEEDBACK_LINE_INVALID: (f: { file: string; line: number; problem: string }) => ({
    what: `${f.file}:${f.line}: ${f.problem}.`,
    fix: "Correct the line or leave it out; nothing of the file was used. docs/rewards.md shows a line of each kind.",
  }),
  FEEDBACK_ANSWER_INVALID: (f: { line: number; got: string; expected: string }) => ({
    what: `Line ${f.line} of the answers is ${JSON.stringify(f.got)}; it must be ${f.expected}.`,
    fix: "Correct that line and start again: what was answered before it is stored and not asked again.",
  }),
  FEEDBACK_NO_ANSWER: (f: { id: string }) => ({
    what: `The trace ${JSON.stringify(f.id)} gave no answer that could be corrected.`,
    fix: "Choose a trace whose last model call has words; `npx hone traces show <id>` shows them.",
  }),
  CORRECTION_UNREADABLE: (f: { file: string; reason: string }) => ({
    what: `The corrected answer ${f.file} cannot be read (${f.reason}).`,
    fix: "Give a text file in UTF-8 that holds the answer as it should have been, or leave out --file and write it in an editor.",
  }),
  EDITOR_FAILED: (f: { editor: string; problem: string }) => ({
    what: `The editor ${JSON.stringify(f.editor)} ended without a correction (${f.problem}).`,
    fix: "Name an editor that waits in VISUAL or EDITOR, such as nano or `code --wait`, or give the answer with --file. Nothing was stored.",
  }),
} as const;
