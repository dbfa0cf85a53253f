/** Errors of the embedded engine: shapes, memory, its worker. */
import type { OptionNaming } from "../option-naming.ts";

export const engineErrors = {
  SHAPE_MISMATCH: (f: { where: string; expected: string; got: string }) => ({
    what: `${f.where} expects ${f.expected}, got ${f.got}.`,
    fix: "Pass values of the length or the shape that is expected; values of different batches or of different models do not fit together.",
  }),
  ENGINE_CLOSED: (f: { what: string }) => ({
    what: `${f.what} was called after its engine or its client was closed, or after its engine had stopped because of an error.`,
    fix: "Call close() only when nothing is needed any more; to go on, open the engine or the client again.",
  }),
  CANCELLED: (f: { what: string }) => ({
    what: `${f.what} was cancelled.`,
    fix: "An abort signal or Ctrl-C asked for it. Start again to continue.",
  }),
  CONTEXT_EXCEEDED: (
    f: { promptTokens: number; maxTokens: number; contextLength: number },
    option: OptionNaming,
  ) => ({
    what: `A prompt of ${f.promptTokens} tokens and a reply of up to ${f.maxTokens} do not fit the model's context of ${f.contextLength}.`,
    fix:
      f.promptTokens >= f.contextLength
        ? "Shorten the prompt, or use a model with a longer context."
        : `Lower ${option("maxTokens")} to ${f.contextLength - f.promptTokens}, or shorten the prompt.`,
  }),
  FEED_INVALID: (f: {
    program: string;
    name: string;
    side?: "input" | "output";
    expected: string;
    got: string;
  }) => ({
    what: `The program "${f.program}" takes ${f.expected} as ${f.side === "output" ? "the buffer of output" : "input"} "${f.name}", got ${f.got}.`,
    fix: "Pass every input and every output buffer exactly once, with the type and the shape that the program states; dimensions of one name must have one size.",
  }),
  RUNTIME_FAILED: (f: { program: string; problem: string }) => ({
    what: `ONNX Runtime could not run "${f.program}": ${f.problem}`,
    fix: "If it says that memory could not be allocated, use smaller batches or shorter rows; else please report it with `npx hone doctor --json`.",
  }),
  DEPENDENCY_MISSING: (f: { name: string; problem: string }) => ({
    what: `The package ${f.name} could not be loaded: ${f.problem}`,
    fix: `Install it with \`npm install ${f.name}\`; docs/install.md lists the platforms.`,
  }),
  MEMORY_INSUFFICIENT: (
    f: { what: string; needed: number; free: number; largest?: string },
    option: OptionNaming,
  ) => ({
    what: `${f.what} would take about ${Math.round(f.needed / 1e6)} MB; ${Math.round(f.free / 1e6)} MB are free.`,
    fix: `Use a smaller model${f.largest === undefined ? "" : ` (${f.largest} is the largest of the usual sizes that fits)`}, train an adapter instead of all weights, set ${option("recompute")}, or lower ${option("tokensPerMicrobatch")}.`,
  }),
  STEP_INCOMPLETE: (f: { where: string; step: number }, option: OptionNaming) => ({
    what: `${f.where}: optimizer step ${f.step} failed halfway: some weights are changed already and others are not.`,
    fix: `Go back to the last saved state: resume the run (${option("resume")}), or call loadState() on the training client. The error of the failed step says what went wrong.`,
  }),
  LOGITS_NOT_FINITE: (f: { where: string; row: string; position: number; got: string }) => ({
    what: `${f.where}: the model's output for token ${f.position} of ${f.row} is ${f.got}, so no token has a probability.`,
    fix: "The weights or the numbers in config.json are broken (a run that diverged, or a faulty conversion): use an earlier checkpoint, or download the model again. For a run that diverged, lower the learning rate.",
  }),
  GRADIENT_NOT_FINITE: (f: { norm: string; step: number }, option: OptionNaming) => ({
    what: `The norm of the gradient at step ${f.step} is ${f.norm}; the weights were not changed.`,
    fix: `Lower ${option("learningRate")} or set ${option("maxGradientNorm")}, and look for extreme advantages or log-probs in the batch. A program that calls the training client itself goes on after discardGradients().`,
  }),
} as const;
