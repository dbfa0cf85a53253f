/**
 * What the state of an episode is worth:
 *
 *     total = 0.4 · completion + 0.2 · efficiency + 0.3 · quality + 0.1 · reasoning        (`trajectoryWeights`)
 *
 * README.md says what the parts are. A repository in which no more tests pass than before is worth nothing.
 */
import { weighedParts } from "../../rewards/trajectory-reward.ts";
import type { Files, SweTask } from "./tasks.ts";
import type { TestOutcome } from "./test-runner.ts";
import { changedLines, isTest, own } from "./workspace.ts";

/** The parts of an episode's score, each in [0, 1]. */
export interface SweScore {
  /** 1 when the work was handed in and all hidden tests pass. */
  readonly completion: number;
  /** With completion the actions that it takes, of those that were taken; else 0. */
  readonly efficiency: number;
  /** tests · (1 + hygiene) / 2. */
  readonly quality: number;
  /** Where tests were repaired: half for having read what was changed, half for having run the tests since. */
  readonly reasoning: number;
  /** Tests that pass now, of those that failed at the start; 0 where one fails that passed. Seen and hidden tests count alike. */
  readonly tests: number;
  /** Lines that a repair changes at least, of those that were changed; 0 where a test was changed. */
  readonly hygiene: number;
  /** The parts with their weights. */
  readonly total: number;
}

/** Where an episode stands. */
export interface SweState {
  readonly task: SweTask;
  readonly files: Files;
  /** Actions that were taken. */
  readonly count: number;
  /** Files that were changed before they had been read. */
  readonly unread: ReadonlySet<string>;
  /** Whether the tests ran since the last change. */
  readonly isTested: boolean;
  readonly isHandedIn: boolean;
}

/** How the tests of a task end: those that it shows, then the hidden ones. */
export type AllOutcomes = readonly [readonly TestOutcome[], readonly TestOutcome[]];

/** @param start  how the tests ended at the start; `now` how they end */
export function scoreState(state: SweState, start: AllOutcomes, now: AllOutcomes): SweScore {
  const { task, files, count, unread, isTested, isHandedIn } = state;
  const { bugs = 1 } = task;
  const tests = repaired(start.flat(), now.flat());
  const lines = changedLines(task.files, files);
  const hasTestsChanged = Object.keys({ ...task.files, ...files }).some(
    (path) => isTest(path) && own(task.files, path) !== own(files, path),
  );
  const hygiene = hasTestsChanged || lines === 0 ? 0 : Math.min(1, bugs / lines);
  const completion = isHandedIn && isRepaired(start[1], now[1]) ? 1 : 0;
  const sources = Object.keys(task.files).filter((path) => !isTest(path)).length;
  const parts = {
    completion,
    efficiency: completion * Math.min(1, (sources + bugs + 2) / count),
    quality: (tests * (1 + hygiene)) / 2,
    reasoning: tests === 0 ? 0 : (Number(unread.size === 0) + Number(isTested)) / 2,
  };
  return { ...parts, tests, hygiene, total: weighedParts(parts) };
}

/** Whether all pass. That some are gone says nothing good of them; there are more where a file of tests could not be loaded at the start. */
const isRepaired = (start: readonly TestOutcome[], now: readonly TestOutcome[]): boolean =>
  now.length >= Math.max(1, start.length) && now.every(({ error }) => error === undefined);

/** Tests are told apart by their place: a repair changes none. Where it changed how many there are, nothing is repaired. */
function repaired(start: readonly TestOutcome[], now: readonly TestOutcome[]): number {
  if (start.length !== now.length) return 0;
  const failed = start.map(({ error }) => error !== undefined);
  const broken = now.some(({ error }, i) => error !== undefined && !failed[i]);
  const count = failed.filter(Boolean).length;
  if (broken || count === 0) return 0;
  return now.filter(({ error }, i) => error === undefined && failed[i]).length / count;
}
