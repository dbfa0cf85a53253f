/** How episodes of repositories are written for a model: with all rules in words, or as short as possible. */
import { parseAction } from "../../environments/action-text.ts";
import type { ChatFormat } from "../../environments/chat-format.ts";
import type { Action } from "../../ports/environment.ts";

/** The chat format for models that follow instructions: the system message has the rules and all actions. */
export const instructedSweFormat: ChatFormat = {
  system: [
    "You repair a JavaScript repository whose tests fail, one action per message. Reply with the name of an action and what belongs to it, and nothing else.",
    "read FILE: the file with its lines numbered. Read a file before you change it.",
    "patch FILE:LINE OLD ==> NEW: puts NEW in the place of OLD, which the line holds once, such as: patch src/range.js:2 > ==> <. Without OLD the whole line is replaced.",
    "write FILE, and the whole text on the next lines: writes a file anew.",
    "run_tests: runs the tests under test/. Run them after your last change.",
    "bash SCRIPT: a shell over the files, such as: bash grep -rn clamp .",
    "finalize: hands the work in; hidden tests decide. Change few lines, and no tests.",
    "invalid means that an action could not be taken.",
  ].join("\n"),
  parse: parseSweAction,
};

/** The chat format for models made from nothing: no system message, and of a repository the paths of its sources and what fails. */
export const compactSweFormat: ChatFormat = {
  observe: (observation) =>
    observation
      .replace(/^invalid: .*$/s, "invalid")
      .replace(/^Tests of (\w+) fail\. Repair it\.\nfiles: (.*)\nfailing: /, (_, name, paths) =>
        [name, ...sourcesIn(String(paths)), ""].join(" "),
      )
      .replace(/^(\d+) of \d+ tests fail: /, "$1 fail ")
      .replace(/^all \d+ tests pass$/, "pass"),
};

const sourcesIn = (paths: string): readonly string[] =>
  paths.split(", ").filter((path) => !path.startsWith("test/"));

/** An action whose text may have several lines, with or without a fence around it. */
function parseSweAction(reply: string): Action | undefined {
  const match = /^\s*(write)[ \t]+(\S+)[ \t]*\n([\s\S]+)$/.exec(reply);
  if (match === null) return parseAction(reply.trim().split("\n")[0]!);
  const [, name = "", path = "", text = ""] = match;
  const [, fenced = text] = /^\s*```\w*\n([\s\S]*?)\n?```\s*$/.exec(text) ?? [];
  return { name, argument: `${path}\n${fenced}` };
}
