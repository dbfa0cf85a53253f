/**
 * The environment of repositories: an agent reads files, repairs them and runs the tests; hidden tests decide when it hands in.
 *
 *     Tests of range fail. Repair it. → read src/range.js → 1 exports.clamp = (x, low, high) => { …
 *        → patch src/range.js:2 > ==> < → ok → run_tests → all 5 tests pass → finalize → accepted
 *
 * Each step pays by how much the score of the episode rises (`scoreState`). Tests run in a sandbox; those that do not end have failed.
 */
import { checkOptions } from "../../core/known-options.ts";
import { afterTheEnd, type EpisodeEnd, episodeEnd } from "../../environments/episode-end.ts";
import type { Action, ActionEnvironment, StepResult } from "../../ports/environment.ts";
import { repositoryShell, type Shell } from "./commands.ts";
import { type AllOutcomes, scoreState, type SweScore, type SweState } from "./score.ts";
import { type Files, noRepository, type SweTask } from "./tasks.ts";
import { type TestOutcome, type TestRunner, testRunner } from "./test-runner.ts";
import { type Change, isTest, numbered, own, patched, rewritten } from "./workspace.ts";

/** Actions until an episode is cut off, where no option says it. */
export const sweMaxActions = 20;

/** What runs the programs of repositories; one may be shared by all environments of a process. */
export interface SweTools {
  /** Runs tests. */
  readonly runner: TestRunner;
  /** Runs scripts of `bash`. */
  readonly shell: Shell;
}

/** Tools whose processes start when they are first needed. @example const { runner, shell } = sweTools(); */
export const sweTools = (): SweTools => ({ runner: testRunner(), shell: repositoryShell() });

/** The limits of `sweEnvironment`, and what runs its programs. */
export interface SweEnvironmentOptions {
  /** Actions until the episode is cut off. Default 20. */
  readonly maxActions?: number;
  /** What runs tests and scripts. Default: tools that all environments of the process share. */
  readonly tools?: SweTools;
}

/** An environment of repositories, which also tells the parts of its score. */
export interface SweEnvironment extends ActionEnvironment<SweTask> {
  /** The score of the episode until now; undefined before its first. */
  score(): SweScore | undefined;
}

/** What an action costs that cannot be taken. */
export const invalidCost = -0.05;

/** Failed tests that an observation shows. */
const shownTests = 3;

let shared: SweTools | undefined;

/**
 * A new environment of repositories, for one episode at a time. README.md has actions and rewards.
 *
 * @throws OPTION_INVALID for an unknown option or a `maxActions` that is not a whole number of at least 1. From `reset` and `step`
 *         SANDBOX_CRASHED, SANDBOX_CLOSED; from `reset` SWE_PROBLEM_INVALID for a task without tests that fail
 * @example
 * const environment = sweEnvironment();
 * await environment.reset(sweTask("repair range"), 0);
 * await environment.step({ name: "read", argument: "src/range.js" }); // the file with its lines numbered
 */
export function sweEnvironment(options: SweEnvironmentOptions = {}): SweEnvironment {
  const where = "sweEnvironment";
  checkOptions<object>(where, options, { maxActions: true, tools: true });
  const { maxActions = sweMaxActions, tools = (shared ??= sweTools()) } = options;
  return new RepositoryEnvironment(episodeEnd(where, maxActions), tools);
}

const actionNames = ["bash", "read", "write", "patch", "run_tests", "finalize"] as const;

/** What came of an action: what the agent reads; undefined where it could not be taken. */
type Answer = string | { readonly problem: string };

class RepositoryEnvironment implements SweEnvironment {
  readonly #end: EpisodeEnd;
  readonly #tools: SweTools;
  readonly #read = new Set<string>();
  #state: SweState | undefined;
  #start: AllOutcomes = [[], []];
  #score: SweScore | undefined;

  constructor(end: EpisodeEnd, tools: SweTools) {
    this.#end = end;
    this.#tools = tools;
  }

  async reset(task: SweTask, _seed: number): Promise<string> {
    const { files } = task;
    this.#state = {
      ...{ task, files, count: 0, unread: new Set(), isTested: false, isHandedIn: false },
    };
    this.#read.clear();
    this.#start = await this.#outcomes(files);
    const problem = problemOf(this.#start);
    if (problem !== undefined) throw noRepository(task.issue, problem);
    this.#score = scoreState(this.#state, this.#start, this.#start);
    this.#end.begin();
    const paths = Object.keys(files).join(", ");
    return `${task.issue}\nfiles: ${paths}\nfailing: ${failuresText(this.#start[0])}`;
  }

  validActions = (): readonly string[] => (this.#end.isOver() ? [] : actionNames);

  score = (): SweScore | undefined => this.#score;

  async step(action: Action): Promise<StepResult> {
    if (this.#state === undefined || this.#end.isOver()) return afterTheEnd;
    this.#state = { ...this.#state, count: this.#state.count + 1 };
    const answer = await this.#answerTo(action);
    const before = this.#score!.total;
    const now = await this.#outcomes(this.#state.files);
    this.#score = scoreState(this.#state, this.#start, now);
    const gained = this.#score.total - before;
    if (typeof answer !== "string") {
      const observation = `invalid: ${answer.problem}`;
      return this.#end.result({ observation, reward: gained + invalidCost, isValid: false });
    }
    const { isHandedIn } = this.#state;
    const isSuccess = this.#score.completion === 1;
    const passed = now[1].filter(({ error }) => error === undefined).length;
    const verdict = isSuccess ? "accepted" : `${passed} of ${now[1].length} hidden tests pass`;
    const observation = isHandedIn ? verdict : answer;
    return this.#end.result({ observation, reward: gained, isEnd: isHandedIn, isSuccess });
  }

  async #answerTo({ name, argument = "" }: Action): Promise<Answer> {
    const { files } = this.#state!;
    switch (name) {
      case "read":
        return this.#readFile(argument.trim());
      case "patch":
        return this.#take(patched(files, argument));
      case "write":
        return this.#take(rewritten(files, argument));
      case "run_tests":
        this.#state = { ...this.#state!, isTested: true };
        return testsText((await this.#tools.runner.run(files, [testsOf(files)]))[0]!);
      case "bash":
        return this.#script(argument);
      case "finalize":
        this.#state = { ...this.#state!, isHandedIn: true };
        return "handed in";
      default:
        return { problem: "unknown action" };
    }
  }

  #readFile(path: string): Answer {
    const text = own(this.#state!.files, path);
    if (text === undefined) return { problem: `there is no file ${path}` };
    this.#read.add(path);
    return numbered(text);
  }

  async #script(script: string): Promise<Answer> {
    if (script.trim() === "") return { problem: "no script" };
    const { said, files } = await this.#tools.shell.run(this.#state!.files, script);
    // A file counts as read where the script names it: what the script prints of it is not checked.
    for (const path of Object.keys(files)) if (script.includes(path)) this.#read.add(path);
    this.#take({ files });
    return said === "" ? "ok" : said;
  }

  /** Takes a change. Files that were never read are noted. */
  #take(change: Change): Answer {
    if ("problem" in change) return change;
    const { files, unread } = this.#state!;
    const changed = Object.keys({ ...files, ...change.files }).filter(
      (path) => own(files, path) !== own(change.files, path),
    );
    if (changed.length === 0) return "ok";
    const blind = changed.filter((path) => !this.#read.has(path) && own(files, path) !== undefined);
    this.#state = {
      ...{ ...this.#state!, files: change.files, isTested: false },
      unread: new Set([...unread, ...blind]),
    };
    return "ok";
  }

  /** The task's own tests, whatever the agent made of them. */
  async #outcomes(files: Files): Promise<AllOutcomes> {
    const { task } = this.#state!;
    const sets = [testsOf(task.files), task.hidden];
    const [seen = [], hidden = []] = await this.#tools.runner.run(files, sets);
    return [seen, hidden];
  }
}

/** Why a task cannot be one, by how its tests end at the start. */
function problemOf(start: AllOutcomes): string | undefined {
  if (start.some((outcomes) => outcomes.length === 0)) return "its test files make no test(…) call";
  const hasFailure = start.flat().some(({ error }) => error !== undefined);
  return hasFailure ? undefined : "all its tests pass";
}

const testsOf = (files: Files): Files =>
  Object.fromEntries(Object.entries(files).filter(([path]) => isTest(path)));

function testsText(outcomes: readonly TestOutcome[]): string {
  const count = outcomes.filter(({ error }) => error !== undefined).length;
  if (count === 0) return `all ${outcomes.length} tests pass`;
  return `${count} of ${outcomes.length} tests fail: ${failuresText(outcomes)}`;
}

/** The first tests that fail, with what went wrong. */
const failuresText = (outcomes: readonly TestOutcome[]): string =>
  outcomes
    .filter(({ error }) => error !== undefined)
    .slice(0, shownTests)
    .map(({ name, error }) => `${name}: ${error!.replace(/^Error: /, "")}`)
    .join("; ") || "none";
