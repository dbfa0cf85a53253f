/** Errors of run folders, checkpoints and files written. */
import type { OptionNaming } from "../option-naming.ts";

export const runErrors = {
  RUN_FOLDER_LOCKED: (f: { folder: string; pid: number; host?: string }, option: OptionNaming) => ({
    what: `${f.folder} is in use by process ${f.pid}${f.host === undefined ? "" : ` on ${f.host}`}.`,
    fix:
      f.host === undefined
        ? `Wait for that process to end, stop it, or choose another folder with ${option("out")}.`
        : `Wait for that process to end, or choose another folder with ${option("out")}. If that machine does not exist any more, delete lock.json in the folder.`,
  }),
  RUN_FOLDER_NOT_WRITABLE: (f: { folder: string; reason: string }, option: OptionNaming) => ({
    what: `${f.folder} cannot be written (${f.reason}).`,
    fix: `Give this user write permission there, or choose another folder with ${option("out")}.`,
  }),
  INIT_FOLDER_NOT_EMPTY: (f: { template: string; folder: string; holds: string }) => ({
    what: `The folder ${f.folder} is not empty: it holds ${f.holds}.`,
    fix: `Name a folder that is new or empty: \`npx hone init ${f.template} <folder>\`.`,
  }),
  RUN_FOLDER_NOT_EMPTY: (f: { folder: string; holds: string }, option: OptionNaming) => ({
    what: `${f.folder} already holds ${f.holds}.`,
    fix: `Choose a new or an empty folder with ${option("out")}; if the folder holds a run that should go on, give it as ${option("resume")}.`,
  }),
  MEETING_PHASE_EARLY: (
    f: { phase: string; before: string; folder?: string },
    option: OptionNaming,
  ) => ({
    what: `The phase ${f.phase} goes on from the phase ${f.before}, which ${f.folder === undefined ? "no run was named for" : `is not done in ${f.folder}`}.`,
    fix: `Name the run with ${option("resume")} (last: the newest), or run the phase ${f.before} first; without ${option("phase")} all phases run.`,
  }),
  MEETING_PAIRS_ABSENT: (
    f: {
      folder: string;
      trajectories: number;
      /** Tries with an invalid output. */
      invalid: number;
      minMargin: number;
      /** The largest difference between the rewards of two tries at one meeting. Absent in runs of older versions. */
      largestMargin?: number | undefined;
    },
    option: OptionNaming,
  ) => {
    const { largestMargin: largest } = f;
    const found =
      largest === undefined
        ? ""
        : largest === 0
          ? ": all tries at a meeting earned the same"
          : `: the largest difference is ${largest}`;
    const limit = largest === undefined ? "" : ` of ${largest} or less`;
    const resumed = `Resume it with a lower ${option("minMargin")}${limit}, which makes the pairs anew; or start`;
    return {
      what: `The ${f.trajectories} tries of phase 2 in ${f.folder}, ${f.invalid} of them invalid, made no pair to learn from. At no meeting do the rewards of two tries differ by ${f.minMargin} or more${found}.`,
      fix: `${largest === 0 ? "Start" : resumed} a new run with more ${option("sftSteps")}, from which more tries become valid, or with more ${option("tries")}.`,
    };
  },
  SWEEP_FOLDER_TAKEN: (
    f: { folder: string; changes: readonly string[] },
    option: OptionNaming,
  ) => ({
    what: `${f.folder} holds another sweep: it differs in ${f.changes.join(", ")}.`,
    fix: `Choose another folder with ${option("out")}; or let the file be as it was (sweep.json in the folder has it), and that sweep goes on.`,
  }),
  SWEEP_RUNS_FAILED: (f: {
    folder: string;
    failed: readonly string[];
    runs: number;
    report: string;
  }) => ({
    what: `${f.failed.length} of ${f.runs} runs of the sweep failed: ${f.failed.join(", ")}. The others are in ${f.report}.`,
    fix: `Read logs/<run>.log in ${f.folder}, mend the cause, and start the sweep again: it goes on with these runs.`,
  }),
  RUN_FOLDER_INVALID: (f: { folder: string }) => ({
    what: `${f.folder} is not the folder of a run: it has no run.json.`,
    fix: "Give the folder of a run; `npx hone runs list` shows the runs that there are.",
  }),
  RUN_NOT_MEASURED: (f: { folder: string; problem: string }, option: OptionNaming) => ({
    what: `The run ${f.folder} says nothing of getting better: ${f.problem}.`,
    fix: `Let it end, or train again with tasks held out (${option("heldOut")}).`,
  }),
  RUN_NOT_FOUND: (f: { name: string; root: string; known: readonly string[] }) => ({
    what: /[\\/]/.test(f.name)
      ? `There is no run at ${f.name}.`
      : `There is no run "${f.name}" in ${f.root}.`,
    fix:
      f.known.length === 0
        ? `There are no runs in ${f.root} yet; check the path, give another folder, or start a run first.`
        : `Runs in ${f.root}: ${f.known.join(", ")}. A path, a beginning of a name, the short id at its end, or "last" is enough.`,
  }),
  EVALUATION_NOT_FOUND: (f: { name: string; root: string; known: readonly string[] }) => ({
    what: `There is no evaluation "${f.name}" in ${f.root}.`,
    fix:
      f.known.length === 0
        ? `There are no evaluations in ${f.root} yet; \`npx hone eval <model>\` keeps one there.`
        : `Evaluations in ${f.root}: ${f.known.join(", ")}. A path, a beginning of a name, or the id at its end is enough.`,
  }),
  EVALUATION_AMBIGUOUS: (f: { name: string; matches: readonly string[] }) => ({
    what: `"${f.name}" fits ${f.matches.length} evaluations: ${f.matches.join(", ")}.`,
    fix: "Give the whole name of one of them.",
  }),
  AUDIT_NO_ROLLOUTS: (f: { folder: string }, option: OptionNaming) => ({
    what: `The run ${f.folder} has kept no rollouts, so that there are no tokens to look at.`,
    fix: `It learned from given data, or kept none on purpose. Train with ${option("keepRollouts")} all, which is the default, or a share of the groups.`,
  }),
  AUDIT_STEP_UNKNOWN: (f: { run: string; wanted: string; known: readonly string[] }) => ({
    what: `The run ${f.run} has kept no rollouts of the step ${f.wanted}.`,
    fix: `It has rollouts of these steps: ${f.known.join(", ")}.`,
  }),
  AUDIT_ROLLOUT_UNKNOWN: (f: { id: string; run: string }) => ({
    what: `There is no rollout "${f.id}" in the steps of ${f.run} that were looked at.`,
    fix: "Name its step, too; `npx hone audit <run> --step <n> --out tokens.jsonl` writes a file with the ids of all.",
  }),
  RUN_AMBIGUOUS: (f: { name: string; root: string; matches: readonly string[] }) => ({
    what: `"${f.name}" fits ${f.matches.length} runs in ${f.root}: ${f.matches.join(", ")}.`,
    fix: "Give the whole name of one of them.",
  }),
  RUN_TASKS_OWN: (f: { model: string; learned: string }, option: OptionNaming) => ({
    what: `${f.model} learned ${f.learned}, which this command does not have; another domain's tasks would not say how good it is.`,
    fix: `Read what it was measured at in its report (\`npx hone runs show\` prints it), or name a domain with ${option("domain")} to measure it there all the same.`,
  }),
  RUN_CONFIG_CHANGED: (f: {
    folder: string;
    changes: readonly string[];
    /** The command line that trains the model of the finished run further. */
    further?: string;
    /** The command line of a new run with the changed settings. */
    anew?: string;
    /** Settings that a resume of this run may change, as flags; given with `anew`. */
    changeable?: readonly string[];
  }) => {
    const same = "Resume with the configuration in its run.json";
    const may =
      f.changeable === undefined ? "" : ` (a resume may change ${f.changeable.join(", ")})`;
    const fix =
      f.further === undefined
        ? `${same}, or start a new run in another folder.`
        : `${same}. Once the run is finished, a new run trains its model further: \`${f.further}\`.`;
    return {
      what: `${f.folder} was started with another configuration: ${f.changes.join("; ")}.`,
      fix: f.anew === undefined ? fix : `${same}${may}, or start a new run: \`${f.anew}\`.`,
    };
  },
  RUN_OF_ANOTHER_COMMAND: (
    f: {
      folder: string;
      command: string;
      given: string;
      resume: string;
    },
    option: OptionNaming,
  ) => ({
    what: `${f.folder} is a run of \`${f.command}\`, not of \`${f.given}\`.`,
    fix: `Go on with it by \`${f.resume}\`; a new run starts from its model with ${option("model")} ${f.folder}.`,
  }),
  CHECKPOINT_DAMAGED: (f: { checkpoint: string; problem: string }) => ({
    what: `The checkpoint ${f.checkpoint} is damaged: ${f.problem}.`,
    fix: "Use another checkpoint of the run, or start again; the folder can be deleted.",
  }),
  /** `parts`: folders of runs in it that have weights. `problem`: why the run failed, the first line of its error. */
  RUN_WITHOUT_CHECKPOINT: (f: { folder: string; parts: readonly string[]; problem?: string }) => ({
    what:
      f.problem === undefined
        ? f.parts.length > 0
          ? `The run ${f.folder} has no model of its own yet, since not all of its phases are done.`
          : `The run ${f.folder} has saved no checkpoint yet, so there is no model of it.`
        : `The run ${f.folder} failed before it saved a checkpoint, so there is no model of it. Its error: ${f.problem}`,
    fix:
      f.parts.length > 0
        ? `Name the part of it that has one: ${f.parts.join(", ")}.`
        : "Name a run that has one (`npx hone runs list` shows all), or wait for its first checkpoint where it still runs.",
  }),
  CHECKPOINT_NOT_FOUND: (
    f: { folder: string; wanted: string; known: readonly string[] },
    option: OptionNaming,
  ) => ({
    what: `${f.folder} has no checkpoint "${f.wanted}".`,
    fix:
      f.known.length === 0
        ? `No checkpoint was saved there yet; start the run again without ${option("resume")}.`
        : `Checkpoints there: ${f.known.join(", ")}; "latest" and "best" also work.`,
  }),
  FORMAT_UNKNOWN_VERSION: (f: { file: string; format: string; found: string; known: number }) => ({
    what: `${f.file} has version ${f.found} of the format ${f.format}; this version of hone reads version ${f.known}.`,
    fix: "Update hone, or read the file with the version that wrote it. Nothing was changed.",
  }),
  FILE_DAMAGED: (f: { file: string; problem: string }) => ({
    what: `${f.file} cannot be read: ${f.problem}.`,
    fix: "Restore it from a copy, or write it again with the program that it came from. If nothing needs it, delete it. Where it is a part of a store of traces, `npx hone store copy` writes all others into another store.",
  }),
  FILE_UNUSED: (f: { file: string; problem: string }) => ({
    what: `${f.file} is not used: ${f.problem}.`,
    fix: "Delete the file, unless you want to keep what it holds.",
  }),
  DISK_FULL: (f: { path: string }, option: OptionNaming) => ({
    what: `There was no space left while writing ${f.path}.`,
    fix: `Free some space (old runs: \`npx hone runs delete\`; old traces: \`npx hone store prune\`) and do the same again, a run with ${option("resume")}. What was saved before is intact.`,
  }),
  WRITE_FAILED: (f: { path: string; reason: string }, option: OptionNaming) => ({
    what: `${f.path} could not be written (${f.reason}).`,
    fix: `Check the path, the permissions and the disk, or choose another place (${option("out")} for a run, ${option("store")} for traces). What was saved before is intact.`,
  }),
} as const;
