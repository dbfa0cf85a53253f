/** Traces as they are shown to the person who judges them: task, tools, answer; nothing that tells which agent gave it. */
import type { ShownTool, ShownTrace } from "../../app/feedback/feedback-desk.ts";
import { shownLine, shownLines } from "../terminal/shown-text.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** Largest number of characters that are shown of a text. */
const maxShown = 8000;

/** An empty line and a title. */
export function sayTitle(terminal: Terminal, title: string): void {
  terminal.say();
  terminal.say(terminal.style("bold", title));
}

export const sayTask = (terminal: Terminal, { task }: ShownTrace): void =>
  sayPart(terminal, "task", task);

/** The tools and the answer of a trace. `name` is "answer", or the side of a pair: "a" or "b". */
export function sayAnswer(terminal: Terminal, { answer, tools }: ShownTrace, name: string): void {
  const label = name === "answer" ? "tools" : `${name} tools`;
  if (tools.length > 0) sayPart(terminal, label, tools.map(toolText).join(", "));
  sayPart(terminal, name, answer ?? "(none)");
}

/** Calls of a tool in words: "web_search ×2 (1 failed)". */
function toolText({ name, calls, failed }: ShownTool): string {
  const times = calls === 1 ? "" : ` ×${calls}`;
  const failures = failed === 0 ? "" : calls === 1 ? " (failed)" : ` (${failed} failed)`;
  return `${shownLine(name)}${times}${failures}`;
}

function sayPart(terminal: Terminal, name: string, text: string): void {
  const more = text.length - maxShown;
  const label = terminal.style("dim", name.padEnd(width));
  const [first = "", ...others] = shownLines(more > 0 ? text.slice(0, maxShown) : text);
  terminal.say(`${label}${first}`);
  for (const line of others) terminal.say(`${" ".repeat(width)}${line}`);
  if (more > 0)
    terminal.say(terminal.style("dim", `${" ".repeat(width)}… ${more} more characters`));
}

const width = 8;
