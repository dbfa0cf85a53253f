/** Errors of run folders, checkpoints and files written. */
export const runErrors = {
  RUN_FOLDER_LOCKED: (f: { folder: string; pid: number }) => ({
    what: `${f.folder} is in use by process ${f.pid}.`,
    fix: "Wait for it to end, stop it, or choose another folder with --out.",
  }),
} as const;
