/** How episodes of programming are written for a model: with all rules in words, or as short as possible. */
import { formatAction, parseAction } from "../../environments/action-text.ts";
import type { ChatFormat } from "../../environments/chat-format.ts";
import type { Action } from "../../ports/environment.ts";
import { needs } from "./operations.ts";

/**
 * The chat format for models that follow instructions: the system message has the rules and all actions. Code may have several
 * lines and stand between lines of ```.
 */
export const instructedCodeFormat: ChatFormat = {
  system: [
    "You write a function f, one action per message. Reply with the name of an action and what belongs to it, and nothing else.",
    `analyze_requirements WORDS: what each part of the problem needs, in its order; words are ${needs.join(", ")}.`,
    "write_function CODE: an expression of the parameter, for example write_function xs.filter(x => x > 3); or a whole definition of f.",
    "add_logic CODE: an expression of r, the value so far, for example add_logic r.length.",
    "test_code: runs the examples; when they pass, hidden tests decide and the work is done.",
    "debug LINE CODE: writes a line anew, for example debug 1 xs.filter(x => x < 3).",
    "First analyze, then write, then test. The reply to an action is ok, an error, an example that fails, or invalid.",
  ].join("\n"),
  parse: parseCodeAction,
};

/**
 * The chat format for models made from nothing: no system message, no examples, the language as "js" or "py", and code without the
 * blanks that its language does not need, which saves tokens. Of an example that fails only the two results are said, and of an
 * error only that there is one.
 */
export const compactCodeFormat: ChatFormat = {
  observe: (observation) =>
    observation
      .replace(/^error: [\s\S]*$/, "error")
      .replace(/^(javascript|python) f\((\w+)\): (.*)[\s\S]*$/, (_all, language, name, problem) =>
        [language === "python" ? "py" : "js", name, problem].join(" "),
      )
      .replace(/^f\(.*\) = (.*, not )/, "$1"),
  format: (action) => formatAction(withoutBlanks(action)),
};

/** The code of an action without blanks beside signs; those in quotes stay. */
function withoutBlanks({ name, argument }: Action): Action {
  if (argument === undefined) return { name };
  const [line = ""] = name === "debug" ? (/^\d+ +/.exec(argument) ?? []) : [];
  const parts = argument.slice(line.length).split(/("[^"]*")/);
  const short = parts.map((part) =>
    part.startsWith('"') ? part : part.replaceAll(/ *([^\w\s"$-]|-(?!\d)) */g, "$1"),
  );
  return { name, argument: line + short.join("") };
}

/** An action whose code may have several lines, with or without a fence around it. */
function parseCodeAction(reply: string): Action | undefined {
  const match = /^\s*([a-z][a-z0-9_]*)[ \t]*:?\s+(\S[\s\S]*?)\s*$/.exec(reply);
  if (match === null) return parseAction(reply);
  const [, name = "", argument = ""] = match;
  const fenced = /^((?:\d+\s+)?)```\w*\n([\s\S]*?)\n?```$/.exec(argument);
  return { name, argument: fenced === null ? argument : `${fenced[1]}${fenced[2]}` };
}
