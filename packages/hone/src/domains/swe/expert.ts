/** A scripted expert that knows the right sources of the libraries: reads, repairs what differs, runs the tests, hands in. */
import { checkOptions } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import { Random } from "../../core/random.ts";
import type { ActionAgent } from "../../environments/run-episode.ts";
import type { Action, EpisodeStep } from "../../ports/environment.ts";
import { type Files, rightSources } from "./tasks.ts";
import { isTest, linesOf, own, patched } from "./workspace.ts";

/** How often, and at which seed, the expert makes mistakes. */
export interface SweExpertOptions {
  /** Share of actions that are wrong, in [0, 1]. Default 0. */
  readonly mistakeRate?: number;
  /** Decides which actions are wrong, and how. Default 0. */
  readonly seed?: number;
}

/**
 * An expert for `sweEnvironment`. Without mistakes it repairs every generated repository. One that is no library's it reads, tests and
 * hands in unchanged.
 * @throws OPTION_INVALID for an unknown option or a rate outside [0, 1]
 * @example await runEpisode(sweEnvironment(), sweTask("repair range"), sweExpert());
 */
export function sweExpert(options: SweExpertOptions = {}): ActionAgent {
  checkOptions("sweExpert", options, { mistakeRate: true, seed: true });
  const { mistakeRate = 0, seed = 0 } = options;
  optionChecks("sweExpert").share("mistakeRate", mistakeRate);
  return {
    selectAction(state, _validActions, steps) {
      const opening = steps[0]?.state ?? state;
      const right = rightAction(opening, steps);
      const random = new Random("swe expert", seed, steps.length, state);
      return random.uniform() < mistakeRate ? mistake(right, knownFiles(steps), random) : right;
    },
  };
}

function rightAction(opening: string, steps: readonly EpisodeStep[]): Action {
  const known = knownFiles(steps);
  const paths = pathsIn(opening).filter((path) => !isTest(path));
  const [, name = ""] = /^Tests of (\w+) fail/.exec(opening) ?? [];
  for (const path of paths) {
    const text = own(known, path);
    if (text === undefined) return { name: "read", argument: path };
    const wanted = own(rightSources(name, known) ?? {}, path);
    const repair = wanted === undefined ? undefined : repairOf(path, text, wanted);
    if (repair !== undefined) return { name: "patch", argument: repair };
  }
  const lastChange = steps.findLastIndex(({ action }) => action.name === "patch");
  const lastTests = steps.findLastIndex(({ action }) => action.name === "run_tests");
  return {
    name: lastTests > lastChange || (lastTests >= 0 && lastChange < 0) ? "finalize" : "run_tests",
  };
}

const pathsIn = (opening: string): readonly string[] =>
  (/^files: (.*)$/m.exec(opening)?.[1] ?? "").split(", ");

/** The files as they were read, with the repairs that were taken since. */
function knownFiles(steps: readonly EpisodeStep[]): Files {
  let files: Files = {};
  for (const { action, nextState } of steps) {
    const { name, argument = "" } = action;
    if (nextState.startsWith("invalid")) continue;
    if (name === "read")
      files = { ...files, [argument]: `${nextState.replaceAll(/^\d+ /gm, "")}\n` };
    const change = name === "patch" ? patched(files, argument) : undefined;
    if (change !== undefined && "files" in change) ({ files } = change);
  }
  return files;
}

/** The repair of the first line that differs; undefined where none does. */
function repairOf(path: string, text: string, wanted: string): string | undefined {
  const [lines, right] = [linesOf(text), linesOf(wanted)];
  const at = lines.findIndex((line, i) => line !== right[i]);
  if (at < 0) return undefined;
  const [old, next] = difference(lines[at]!, right[at] ?? "");
  return `${path}:${at + 1} ${old} ==> ${next}`;
}

/** The shortest text that differs between two lines, which the first line holds once, with what is in its place in the second. */
function difference(line: string, wanted: string): readonly [string, string] {
  const [a, b] = [line, wanted].map((text) => text.match(/\w+|\s+|[^\w\s]+/g) ?? []);
  const least = Math.min(a!.length, b!.length);
  let from = 0;
  while (from < least && a![from] === b![from]) from++;
  let behind = 0;
  while (behind < least - from && a!.at(-1 - behind) === b!.at(-1 - behind)) behind++;
  for (;;) {
    const [old, next] = [a!, b!].map((parts) => parts.slice(from, parts.length - behind).join(""));
    const isPlain = [old!, next!].every((text) => text === text.trim());
    if ((isPlain && old !== "" && line.split(old!).length === 2) || (from === 0 && behind === 0))
      return [old!, next!];
    if (from > 0) from--;
    else behind--;
  }
}

/** A mistake in place of the right action: a look elsewhere, a repair of the wrong line or with the wrong text, no repair at all. */
function mistake(right: Action, known: Files, random: Random): Action {
  const { name, argument = "" } = right;
  if (name === "read") return { name: "bash", argument: "ls src" };
  if (name === "run_tests") return { name: "finalize" };
  if (name === "finalize") return { name: "run_tests" };
  const [, path = "", line = "1", rest = ""] = /^(\S+):(\d+) (.*)$/.exec(argument) ?? [];
  const [old = "", next = ""] = rest.split(" ==> ");
  const lines = linesOf(own(known, path) ?? "").length;
  const ways: readonly Action[] = [
    { name, argument: `${path}:${random.integer(1, lines)} ${old} ==> ${next}` },
    { name, argument: `${path}:${line} ${next} ==> ${old}` },
    { name, argument: `${path}:${line} ${old} ==> 0` },
    { name: "run_tests" },
  ];
  return random.pick(ways);
}
