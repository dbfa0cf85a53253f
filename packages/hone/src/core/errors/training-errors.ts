/** Errors of training: data, losses, algorithms, rollouts. */
export const trainingErrors = {
  DATA_EMPTY: (f: { where: string }) => ({
    what: `${f.where} got no data.`,
    fix: "Pass at least one row; check the path, the filter and the split that produced the data.",
  }),
} as const;
