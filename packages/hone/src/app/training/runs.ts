/** Run folders, for the command line: list, show, compare, delete. */
export { compareRuns } from "./compare-runs.ts";
export { deleteRun, findRun, listRuns, showRun } from "../../runs/list.ts";
