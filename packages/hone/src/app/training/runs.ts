/** Run folders, for the command line: list, show, compare, check, delete. */
export { checkRun } from "./check-run.ts";
export { type ImprovementMetric, improvementMetrics } from "../../evaluation/improvement.ts";
export { compareRuns } from "./compare-runs.ts";
export { findRun } from "../../runs/find-run.ts";
export { deleteRun, listRuns, showRun } from "../../runs/list.ts";
