/** `hone traces tail`: prints what is written into a store, as it comes. */
import type { TraceChange } from "../../app/traces/read-traces.ts";
import { rewardOfTrace } from "../../core/trace-reward.ts";
import { clockText } from "../../core/time-text.ts";
import { callFact, callHead, callRow, isCall } from "./call-rows.ts";
import { defineCommand } from "../command.ts";
import { fitted, shownLine } from "../terminal/shown-text.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { addFilter, filterOf, type TraceFlags } from "./filter-options.ts";
import { storeAt, storeOption } from "./store-options.ts";
import { timeBy } from "./time-option.ts";
import { columnsOf, millisecondsText, rewardText, shortId } from "./trace-table.ts";

interface Flags extends TraceFlags {
  readonly since?: number;
}

export const command = defineCommand<Flags>({
  examples: ["npx hone traces tail", "npx hone traces tail --agent planner --since 10m"],
  notes: [
    "A row for each call of a model or a tool that ended, and for each trace that",
    "began, ended or was judged, within half a second of its being written. The store",
    "is asked for its newest traces and those that run: a large one costs no more.",
    "--json: {event: trace | call, …} lines.",
  ],
  define: (command) =>
    void addFilter(
      command
        .addOption(storeOption())
        .option("--since <time>", "first what began since: 10m, 2h, 2026-01-31", timeBy()),
    ),
  run: async ({ flags, terminal, signal }) => {
    const { tailTraces } = await import("../../app/traces/read-traces.ts");
    const { since = Date.now() } = flags;
    await tailTraces(storeAt(flags, terminal), {
      filter: filterOf(flags),
      since,
      signal,
      onOpen: () => terminal.say(callHead(terminal, "stdout")),
      onChange: (change) => print(change, terminal),
    });
  },
});

function print({ trace, isNew, spans }: TraceChange, terminal: Terminal): void {
  const { id, agent, task, status, startedAt, endedAt, error } = trace;
  if (isNew) say(`${clockText(startedAt)}  ▶ ${shortId(id)}  ${agent}: ${task}`, terminal);
  for (const span of spans.filter(isCall)) {
    terminal.tell(callFact(span, trace), callRow(span, trace, terminal, "stdout"));
  }
  const reward = rewardOfTrace(trace);
  const facts = { id, agent, task, status, startedAt, endedAt, error, reward, isNew };
  terminal.emit({ event: "trace", ...facts, spans: spans.map((span) => span.id) });
  if (status === "running") return;
  const took = endedAt === undefined ? "" : `, ${millisecondsText(endedAt - startedAt)}`;
  const judged = reward === undefined ? "" : `, reward ${rewardText(reward)}`;
  const why = error === undefined ? "" : `: ${error.message}`;
  say(
    `${clockText(endedAt ?? startedAt)}  ■ ${shortId(id)}  ${status}${took}${judged}${why}`,
    terminal,
  );
}

function say(text: string, terminal: Terminal): void {
  const columns = columnsOf(terminal.streams.stdout);
  terminal.say(terminal.style("dim", fitted(shownLine(text).replace(" ", "  "), columns)));
}
