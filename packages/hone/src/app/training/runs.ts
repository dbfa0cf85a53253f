/** Runs on disk, for the command line. */
export { compareRuns } from "./compare-runs.ts";
export { deleteRun, findRun, listRuns, showRun } from "../../runs/list.ts";
