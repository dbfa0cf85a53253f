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
} as const;
