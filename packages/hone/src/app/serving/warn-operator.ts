/** Reports an internal error of a server as a warning of the process: the default where no `onError` was given. */
export const warnOperator = (error: unknown): void =>
  process.emitWarning(error instanceof Error ? error : String(error));
