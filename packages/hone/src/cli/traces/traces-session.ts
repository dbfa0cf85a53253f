/** `hone traces session`: shows the turns of a session as one conversation. */
import type { SessionTurn } from "../../app/traces/read-session.ts";
import { HoneError } from "../../core/errors.ts";
import { shownAddress } from "../../core/shown-address.ts";
import { defineCommand } from "../command.ts";
import { counted, shownLines, wrapped } from "../terminal/shown-text.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { type StoreFlags, storeAt, storeOf, storeOption } from "./store-options.ts";
import { columnsOf, shortId, timeText } from "./trace-table.ts";

interface Flags extends StoreFlags {
  readonly full?: boolean;
}

export const command = defineCommand<Flags>({
  examples: ["npx hone traces session chat-17", "npx hone traces session chat-17 --full"],
  notes: [
    "Each turn is a trace: what was asked, and what was answered. `npx hone",
    "traces stats --by session` lists the sessions.",
    "--json: a line for each turn, then {session, turns}.",
  ],
  define: (command) =>
    void command
      .argument("<session>", "its id")
      .addOption(storeOption())
      .option("--full", "texts are not cut"),
  run: async ({ values, flags, terminal }) => {
    const { readSession } = await import("../../app/traces/read-session.ts");
    const session = values[0]!;
    const turns = await readSession(storeAt(flags, terminal), session);
    if (turns.length === 0) {
      const reason = `none is a turn of the session ${JSON.stringify(session)}`;
      throw new HoneError("TRACES_NONE", { store: shownAddress(storeOf(flags)), reason });
    }
    for (const turn of turns) {
      terminal.emit({ event: "turn", ...turn });
      for (const line of turnLines(turn, terminal, flags.full === true)) terminal.say(line);
    }
    terminal.tell({ session, turns: turns.length }, counted(turns.length, "turn"));
  },
});

/** Lines of a text that are shown, unless it is shown whole. */
const shortLines = 6;

function turnLines(turn: SessionTurn, terminal: Terminal, isFull: boolean): string[] {
  const { id, startedAt, agent, status, asked, answer } = turn;
  const facts = [timeText(startedAt), agent, status, shortId(id)].join("  ");
  return [
    terminal.style("bold", facts),
    ...textLines("user", asked, terminal, isFull),
    ...textLines("agent", answer ?? "(no answer)", terminal, isFull),
    "",
  ];
}

function textLines(who: string, text: string, terminal: Terminal, isFull: boolean): string[] {
  const width = columnsOf(terminal.streams.stdout) - 9;
  const all = shownLines(text).flatMap((line) => wrapped(line, width));
  const rest = all.length - shortLines;
  const lines =
    isFull || rest <= 0 ? all : [...all.slice(0, shortLines), `… ${counted(rest, "line")} more`];
  return lines.map((line, i) => `  ${(i === 0 ? who : "").padEnd(5)}  ${line}`);
}
