/** Errors of run folders, checkpoints and files written. */
export const runErrors = {
  RUN_FOLDER_LOCKED: (f: { folder: string; pid: number; host?: string }) => ({
    what: `${f.folder} is in use by process ${f.pid}${f.host === undefined ? "" : ` on ${f.host}`}.`,
    fix:
      f.host === undefined
        ? "Wait for it to end, stop it, or choose another folder with --out."
        : "Wait for it to end or choose another folder with --out; delete lock.json if that machine is gone.",
  }),
  RUN_FOLDER_NOT_WRITABLE: (f: { folder: string; reason: string }) => ({
    what: `${f.folder} cannot be written (${f.reason}).`,
    fix: "Give this user write permission there, or choose another folder with --out.",
  }),
  RUN_FOLDER_NOT_EMPTY: (f: { folder: string; holds: string }) => ({
    what: `${f.folder} already holds ${f.holds}.`,
    fix: "Choose a folder that is new or empty with --out, or go on with that run: --resume.",
  }),
  RUN_NOT_FOUND: (f: { name: string; root: string; known: readonly string[] }) => ({
    what: `No run "${f.name}" in ${f.root}.`,
    fix:
      f.known.length === 0
        ? "There are no runs there yet; give another folder, or start a run first."
        : `Runs there: ${f.known.join(", ")}. The short id at the end of a name is enough.`,
  }),
  RUN_AMBIGUOUS: (f: { name: string; root: string; matches: readonly string[] }) => ({
    what: `"${f.name}" fits ${f.matches.length} runs in ${f.root}: ${f.matches.join(", ")}.`,
    fix: "Give the whole name of one of them.",
  }),
  RUN_CONFIG_CHANGED: (f: {
    folder: string;
    changes: readonly string[];
    /** What trains the model of the finished run further. */
    further?: string;
  }) => ({
    what: `${f.folder} was started with another configuration: ${f.changes.join("; ")}.`,
    fix:
      f.further === undefined
        ? "Resume with the configuration in its run.json, or start a new run."
        : `Resume without these changes, as its run.json has it. Once it is finished, a new run trains its model further: \`${f.further}\`.`,
  }),
  RUN_OF_ANOTHER_COMMAND: (f: {
    folder: string;
    command: string;
    given: string;
    resume: string;
  }) => ({
    what: `${f.folder} is a run of \`${f.command}\`, not of \`${f.given}\`.`,
    fix: `Go on with it by \`${f.resume}\`; a new run starts from its model with --model ${f.folder}.`,
  }),
  CHECKPOINT_DAMAGED: (f: { checkpoint: string; problem: string }) => ({
    what: `The checkpoint ${f.checkpoint} is damaged: ${f.problem}.`,
    fix: "Use another checkpoint of the run, or start again; the folder can be deleted.",
  }),
  CHECKPOINT_NOT_FOUND: (f: { folder: string; wanted: string; known: readonly string[] }) => ({
    what: `${f.folder} has no checkpoint "${f.wanted}".`,
    fix:
      f.known.length === 0
        ? "Nothing was saved there yet; start the run again without --resume."
        : `Checkpoints there: ${f.known.join(", ")}; "latest" and "best" also work.`,
  }),
  FORMAT_UNKNOWN_VERSION: (f: { file: string; format: string; found: string; known: number }) => ({
    what: `${f.file} has version ${f.found} of the format ${f.format}; this build reads version ${f.known}.`,
    fix: "Update the package, or read the file with the version that wrote it. Nothing was changed.",
  }),
  FILE_DAMAGED: (f: { file: string; problem: string }) => ({
    what: `${f.file} cannot be read: ${f.problem}.`,
    fix: "Restore the file from a copy, or delete it if it is no longer needed.",
  }),
  DISK_FULL: (f: { path: string }) => ({
    what: `There was no space left while writing ${f.path}.`,
    fix: "Free some space (old runs: `npx hone runs delete`; old traces: `npx hone store prune`) and do the same again, a run with --resume; what was saved before is intact.",
  }),
  WRITE_FAILED: (f: { path: string; reason: string }) => ({
    what: `${f.path} could not be written (${f.reason}).`,
    fix: "Check the disk and the path, or name another place (--out for a run, --store for traces); what was saved before is intact.",
  }),
} as const;
