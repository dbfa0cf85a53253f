/** A signal that aborts when one of two does; one of them alone where the other is absent. */
export const eitherSignal = (
  a: AbortSignal | undefined,
  b: AbortSignal | undefined,
): AbortSignal | undefined =>
  a !== undefined && b !== undefined ? AbortSignal.any([a, b]) : (a ?? b);
