/** Runs on disk, for the command line. */
export { compareRuns, deleteRun, findRun, listRuns, showRun } from "../runs/list.ts";
