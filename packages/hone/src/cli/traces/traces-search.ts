/** `hone traces search`: lists the traces that hold all of some words, with their places. */
import type { TextMatch } from "../../app/traces/read-traces.ts";
import { defineCommand } from "../command.ts";
import { shownLine } from "../terminal/shown-text.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { addTraceOptions } from "./filter-options.ts";
import { addPage, nextLine, type PageFlags, pageQuery } from "./page-options.ts";
import { storeAt } from "./store-options.ts";
import { columnsOf, traceTable } from "./trace-table.ts";

export const command = defineCommand<PageFlags>({
  examples: [
    "npx hone traces search tidal energy",
    "npx hone traces search timeout --status failed --from 2d",
  ],
  notes: [
    "Whole words of tasks, inputs, outputs, sessions, users, tags and texts of the",
    "metadata, in any order, whatever their case; not those of feedback. Each trace",
    "is shown with the places of the words.",
    "--json: a line for each trace with `match`, then {traces, next}.",
  ],
  define: (command) =>
    void addPage(
      addTraceOptions(command.argument("<words...>", "words that all stand in the trace"), [
        "text",
      ]),
    ),
  run: async ({ values, flags, terminal }) => {
    const { searchPage } = await import("../../app/traces/read-traces.ts");
    const query = { ...pageQuery(flags), text: values.join(" ") };
    const { found, next, quiet } = await searchPage(storeAt(flags, terminal), query);
    for (const { trace, match } of found) terminal.emit({ event: "trace", ...trace, match });
    terminal.emit({ traces: found.length, ...(next === undefined ? {} : { next }) });
    if (found.length === 0) return terminal.say("no trace holds all of these words");
    const [head, ...lines] = traceTable(
      found.map(({ trace }) => trace),
      terminal,
      { quiet },
    );
    terminal.say(head);
    for (const [i, line] of lines.entries()) {
      terminal.say(line);
      const { match } = found[i]!;
      if (match !== undefined) terminal.say(matchLine(match, terminal));
    }
    if (next !== undefined) terminal.say(`next: ${nextLine("traces search", values, flags, next)}`);
  },
});

/** A line with the words marked: by colour on a terminal, by «…» elsewhere. */
function matchLine({ place, pieces }: TextMatch, terminal: Terminal): string {
  const room = columnsOf(terminal.streams.stdout) - place.length - 8;
  const isColoured = terminal.style("bold", "x") !== "x";
  let used = 0;
  const shown = pieces.map(({ text, isMatch }) => {
    // The bars keep spaces at the edges of a piece, which `shownLine` would remove.
    const line = shownLine(`|${text}|`).slice(1, -1);
    const kept = line.slice(0, Math.max(0, room - used));
    used += line.length;
    if (!isMatch || kept === "") return kept;
    return isColoured ? terminal.style(["bold", "yellow"], kept) : `«${kept}»`;
  });
  return `    ${terminal.style("dim", `${place}:`)} ${shown.join("")}`;
}
