/** Errors of training: data, losses, algorithms, rollouts. */
import type { OptionNaming } from "../option-naming.ts";
import { callAdvice, signalAdvice } from "../no-signal-text.ts";

export const trainingErrors = {
  IMPROVE_NO_SPLIT: (f: { tasks: number; share: number }, option: OptionNaming) => ({
    what: `Of ${f.tasks} ${f.tasks === 1 ? "task" : "tasks"} made of traces none is ${f.share === 0 ? "held out to measure" : "left on one side of the split"}, since all of a session are on one side.`,
    fix: `Record more conversations, each with a session of its own, and hold some out with ${option("heldOut")}: \`npx hone traces tasks\` shows them.`,
  }),
  /** `by`: the SDKs of the traces. */
  IMPROVE_TOOLS_RUN: (
    f: { tools: readonly string[]; by: readonly string[] },
    option: OptionNaming,
  ) => ({
    what: `${f.tools.length === 1 ? "The tool" : "The tools"} ${f.tools.join(", ")} (recorded by ${f.by.join(", ")}) cannot be answered from the recording and would run for real.`,
    fix: `Tools of the AI SDK 6 and 7, of LangChain, of OpenAI Agents, and those that your code runs by tool() of hone-rl/tracing are answered. To let these run, name each: set ${option("unmatched")} to live and ${option("allowTools")} to ${f.tools.join(",")}.`,
  }),
  TRAJECTORIES_NOT_OF_MODEL: (
    f: { from: string; model: string; other: number; without: number; total: number },
    option: OptionNaming,
  ) => ({
    what: `Of ${f.total} rollouts in ${f.from}, ${f.other} have tokens of another tokenizer than ${f.model}'s and ${f.without} have no tokens, so what was sampled, and how likely it was, is not known for this model.`,
    fix: `${f.without === f.total ? `Those of an expert or of another program never have tokens. Start the same again with ${option("retokenize")}` : `Name the model that they were sampled from; or give ${option("retokenize")}`}: their messages are then tokenised anew, with log-probs of the model that is started from, as if it had said them.`,
  }),
  /** `where`: what is empty, with its owner. `item`: what there must be one of. */
  DATA_EMPTY: (f: { where: string; item?: string }) => ({
    what: f.item === "file" ? `No file fits ${f.where}.` : `${f.where} is empty.`,
    fix: `Give at least one ${f.item ?? "entry"}; check the path, the filter and the split that the data comes from.`,
  }),
  EPISODES_ALL_FAILED: (f: { count: number }, option: OptionNaming) => ({
    what: `None of ${f.count} episodes did its task, and ${option("onlySuccesses")} leaves out those that did not, so nothing is left to learn from.`,
    fix: `Where an expert's episodes are cut off too early, raise ${option("maxActions")}; where it errs too often, lower ${option("mistakeRate")}. Or turn ${option("onlySuccesses")} off to learn from failed episodes, too.`,
  }),
  /** `reasons`: what was left out, as "53: rewards differ too little". */
  SETS_EMPTY: (f: {
    sources: readonly string[];
    reasons: readonly string[];
    tools: readonly string[];
  }) => ({
    what: `Nothing in ${f.sources.join(", ")} gives a row to learn from${f.reasons.length === 0 ? "" : `: left out were ${f.reasons.join("; ")}`}.`,
    fix:
      f.tools.length === 0
        ? "Lower the least reward or margin, or give trajectories whose tries at one task differ."
        : `Its steps are of ${f.tools.join(", ")}: name one of these tools, lower the least reward, or give it a template that learns what its steps have ({reply} is what the model wrote).`,
  }),
  BATCH_ALL_MASKED: (f: { where: string; step: number; rows: number }) => ({
    what: `${f.where}, step ${f.step}: none of the batch's ${f.rows} rows has a token to learn from (every weight is zero).`,
    fix: "Check that conversations hold messages of the assistant, and that rollouts hold words of the policy.",
  }),
  POLICY_NOT_CALLED: (f: { where: string; count: number }) => ({
    what: `${f.where}: none of the ${f.count} rollouts called the model that is trained, so nothing can be learned.`,
    fix: callAdvice,
  }),
  TRAINING_NOT_FINITE: (
    f: {
      where: string;
      step: number;
      quantity: string;
      value: string;
      learningRate: number;
      file?: string;
    },
    option: OptionNaming,
  ) => ({
    what: `${f.where}, step ${f.step}: the ${f.quantity} is ${f.value} at learning rate ${f.learningRate}.${
      f.file === undefined ? "" : ` The rows of the batch are listed in ${f.file}.`
    }`,
    fix: `Start again from an earlier checkpoint with a lower ${option("learningRate")} or a lower ${option("maxGradientNorm")}, and look at the rows of the batch.`,
  }),
  NO_LEARNING_SIGNAL: (
    f: {
      where: string;
      steps: number;
      groupSize: number;
      /** What no group had. Default "had two different rewards". */
      lacked?: string;
      /** What the last step shows, in a sentence. */
      observed: string;
      /** Why: "failures", "no model call", "truncated answers", "equal answers", "equal rewards", "no success". */
      cause: string;
      /** The part in which most rollouts failed, for "failures". */
      boundary?: string;
      /** Mean reward of the last step, as text. */
      reward: string;
      /** Rollouts of the last step that failed. */
      failed: number;
    },
    option: OptionNaming,
  ) => ({
    what: `${f.where}: in ${f.steps} steps in a row no group of ${f.groupSize} answers ${f.lacked ?? "had two different rewards"}. ${f.observed} The mean reward was ${f.reward}, and ${f.failed} rollouts of the last step failed.`,
    fix: signalAdvice({ cause: String(f.cause), boundary: String(f.boundary) }, option),
  }),
  /** `adapter`: absent where none was named. `known`: the adapters that the policy has. */
  ADAPTER_UNKNOWN: (f: { where: string; adapter?: string; known: readonly string[] }) => ({
    what: `${f.where} names ${f.adapter === undefined ? "no adapter" : `the adapter "${f.adapter}"`}; the policy has ${f.known.join(", ")}.`,
    fix: "Train several adapters with a method that learns from rollouts, whose agents name themselves (`agent` of a call); rows of an algorithm of your own carry the `adapter` of their trajectory, as policyDatum() gives it.",
  }),
  /** `agent`: absent where the call named none. `known`: the agents that have an adapter. */
  AGENT_WITHOUT_ADAPTER: (
    f: { agent?: string; known: readonly string[]; nearest?: string },
    option: OptionNaming,
  ) => ({
    what: `A call of the policy names ${f.agent === undefined ? "no agent" : `the agent "${f.agent}"`}; those with an adapter are ${f.known.join(", ")}.`,
    fix:
      f.nearest === undefined
        ? `Name the agent in its calls, as in model.chat(messages, { agent: "${f.known[0] ?? "planner"}" }), or give it an adapter in ${option("adapters")}.`
        : `Did you mean ${f.nearest}? If not, give the agent an adapter in ${option("adapters")}.`,
  }),
  /** `adapter`: the name of the adapter whose pass failed. */
  GRADIENT_INCOMPLETE: (f: { adapter: string }) => ({
    what: `A pass over rows of several adapters failed at "${f.adapter}" when others had added their gradients, so the gradient is not whole.`,
    fix: "Call discardGradients() and send the rows again.",
  }),
  /** `call`: the method that failed in part, such as "optimStep"; `adapter`: the name of an adapter at which it failed. */
  ADAPTERS_OUT_OF_STEP: (f: { call: string; adapter: string }) => ({
    what: `A call of ${f.call} failed at the adapter "${f.adapter}" when others had changed, so that the adapters are not of one step.`,
    fix: "Call loadState() with a saved state of all adapters, or resume the run from its last checkpoint.",
  }),
  /** `coefficient`: that of the KL term; absent for a method that always compares with a reference. */
  REFERENCE_MISSING: (f: { where: string; coefficient?: number }) => {
    const has = f.coefficient === undefined ? "has" : `has kl.coefficient ${f.coefficient} but`;
    const way = f.coefficient === undefined ? "" : ", or set kl.coefficient to 0";
    return {
      what: `${f.where} ${has} no reference policy, and a resumed run cannot use its present weights as the reference.`,
      fix: `Pass the base model's snapshot as \`reference\`${way}.`,
    };
  },
  TEACHER_WITHOUT_TOP: (f: { where: string; teacher: string }) => ({
    what: `${f.where}: the teacher ${f.teacher} gives log-probs of given tokens only, and not which next tokens are the likeliest.`,
    fix: "Choose a teacher whose client has topLogProbs(), as modelTeacher() opens, or distil on the policy's own answers: distill(), npx hone train distill.",
  }),
  CRITIC_MISSING: (f: { where: string }) => ({
    what: `${f.where} learns with a critic, and the run has none.`,
    fix: 'Pass a training client with a value head as `critic`: createTrainingClient({ head: "value" }). train() and npx hone train do so.',
  }),
  LOSS_UNSUPPORTED: (f: { where: string; loss: string; supported: readonly string[] }) => ({
    what: `${f.where} asks for the loss "${f.loss}", which this training client does not compute.`,
    fix: `It computes ${f.supported.join(", ")}; choose one of them or another client.`,
  }),
  /** `item`: which pair or answer, such as pairs[3]. `problem`: what is wrong with it, after "it". */
  PREFERENCE_UNUSABLE: (f: { where: string; item: string; problem: string }) => ({
    what: `${f.where}: ${f.item} cannot be learned from: ${f.problem}.`,
    fix: "Give every example a prompt and answers with words of the assistant; the two answers of a pair must differ.",
  }),
  WEIGHTS_CHANGED: (f: { where: string; expected: string; got: string }) => ({
    what: `${f.where}: the weights of the training client changed meanwhile, from version "${f.expected}" to "${f.got}".`,
    fix: "Let only one algorithm use a training client at a time: nothing else may call its optimStep() or loadState() while a step is computed.",
  }),
  DATUM_INCOMPLETE: (f: { datum: string; field: string; loss: string }) => ({
    what: `Datum ${f.datum} does not have "${f.field}" for every position; the loss ${f.loss} needs it.`,
    fix: `Pass "${f.field}" with one number per token.`,
  }),
  ROW_TOO_LONG: (f: {
    row: string;
    length: number;
    contextLength: number;
    /** How many of them define the row's tools; absent where it has none. */
    toolTokens?: number;
  }) => ({
    what: `Row ${f.row} has ${f.length} tokens${f.toolTokens === undefined ? "" : `, ${f.toolTokens} of them for the definitions of its tools`}; the model's context is ${f.contextLength}.`,
    fix: `Shorten the row, split it, or use a model with a longer context.${f.toolTokens === undefined ? "" : " Leave `tools` out of the row where the model is not shown definitions when it is used."}`,
  }),
} as const;
