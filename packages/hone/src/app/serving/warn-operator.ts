/** Tells the operator of a server of an error that is its own fault, where nobody else listens. */
export const warnOperator = (error: unknown): void =>
  process.emitWarning(error instanceof Error ? error : String(error));
