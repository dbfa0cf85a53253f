/** Run folders, for the command line: list, show, compare, delete. */
export { compareRuns } from "./compare-runs.ts";
export { findRun } from "../../runs/find-run.ts";
export { deleteRun, listRuns, showRun } from "../../runs/list.ts";
