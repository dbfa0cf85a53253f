/** Traces as they are shown to who judges them: the task, the tools used, the answer; nothing that says whose they are. */
import type { ShownTool, ShownTrace } from "../../app/feedback/feedback-desk.ts";
import { shownLine, shownLines } from "../terminal/shown-text.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** Characters of an answer that are shown. */
const shownMost = 8000;

/** A rule with a title. */
export function sayTitle(terminal: Terminal, title: string): void {
  terminal.say();
  terminal.say(terminal.style("bold", title));
}

export const sayTask = (terminal: Terminal, { task }: ShownTrace): void =>
  sayPart(terminal, "task", task);

/** Tools and answer; `name` is "answer", or the side of a pair. */
export function sayAnswer(terminal: Terminal, { answer, tools }: ShownTrace, name: string): void {
  const label = name === "answer" ? "tools" : `${name} tools`;
  if (tools.length > 0) sayPart(terminal, label, tools.map(toolText).join(", "));
  sayPart(terminal, name, answer ?? "(none)");
}

/** "web_search ×2 (1 failed)" */
function toolText({ name, calls, failed }: ShownTool): string {
  const times = calls === 1 ? "" : ` ×${calls}`;
  const failures = failed === 0 ? "" : calls === 1 ? " (failed)" : ` (${failed} failed)`;
  return `${shownLine(name)}${times}${failures}`;
}

function sayPart(terminal: Terminal, name: string, text: string): void {
  const more = text.length - shownMost;
  const label = terminal.style("dim", name.padEnd(width));
  const [first = "", ...others] = shownLines(more > 0 ? text.slice(0, shownMost) : text);
  terminal.say(`${label}${first}`);
  for (const line of others) terminal.say(`${" ".repeat(width)}${line}`);
  if (more > 0)
    terminal.say(terminal.style("dim", `${" ".repeat(width)}… ${more} more characters`));
}

const width = 8;
