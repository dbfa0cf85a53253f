/** Errors of the embedded engine: shapes, memory, its worker. */
export const engineErrors = {
  SHAPE_MISMATCH: (f: { where: string; expected: string; got: string }) => ({
    what: `${f.where} expects ${f.expected}, got ${f.got}.`,
    fix: "Check that both come from the same batch or the same model.",
  }),
  ENGINE_CLOSED: (f: { what: string }) => ({
    what: `${f.what} was called after the engine was closed.`,
    fix: "Call close() last, or open a new engine.",
  }),
  CANCELLED: (f: { what: string }) => ({
    what: `${f.what} was cancelled.`,
    fix: "This follows an abort signal; start it again to continue.",
  }),
  CONTEXT_EXCEEDED: (f: { promptTokens: number; maxTokens: number; contextLength: number }) => ({
    what: `A prompt of ${f.promptTokens} tokens and a reply of up to ${f.maxTokens} do not fit the model's context of ${f.contextLength}.`,
    fix:
      f.promptTokens >= f.contextLength
        ? "Shorten the prompt, or use a model with a longer context."
        : `Lower maxTokens to ${f.contextLength - f.promptTokens}, or shorten the prompt.`,
  }),
  FEED_INVALID: (f: {
    program: string;
    name: string;
    side?: "input" | "output";
    expected: string;
    got: string;
  }) => ({
    what: `The program "${f.program}" takes ${f.expected} as ${f.side === "output" ? "the place of output" : "input"} "${f.name}", got ${f.got}.`,
    fix: "Bind every input and every place once, with the type and shape that it states; sizes behind one symbol must agree.",
  }),
  RUNTIME_FAILED: (f: { program: string; problem: string }) => ({
    what: `ONNX Runtime could not run "${f.program}": ${f.problem}`,
    fix: "If it says that memory could not be allocated, use smaller batches or shorter rows; else please report it with `npx hone doctor --json`.",
  }),
  DEPENDENCY_MISSING: (f: { name: string; problem: string }) => ({
    what: `The package ${f.name} could not be loaded: ${f.problem}`,
    fix: `Install it with \`npm install ${f.name}\`; platforms it supports are listed in the README.`,
  }),
  MEMORY_INSUFFICIENT: (f: { what: string; needed: number; free: number }) => ({
    what: `${f.what} would take about ${Math.round(f.needed / 1e6)} MB; ${Math.round(f.free / 1e6)} MB are free.`,
    fix: "Use a smaller model, train an adapter instead of all weights, set recompute, or lower tokensPerMicrobatch.",
  }),
  STEP_INCOMPLETE: (f: { where: string; step: number }) => ({
    what: `${f.where}: optimizer step ${f.step} failed on its way, so some of the weights have taken it and others have not.`,
    fix: "Go back to the last saved state (loadState, --resume); the error of the failed step says what went wrong.",
  }),
  GRADIENT_NOT_FINITE: (f: { norm: string; step: number }) => ({
    what: `The gradient's norm at step ${f.step} is ${f.norm}; the weights were left as they are.`,
    fix: "Lower the learning rate, set maxGradientNorm, or look for extreme advantages or log-probs in the batch; discardGradients() before the next one.",
  }),
} as const;
